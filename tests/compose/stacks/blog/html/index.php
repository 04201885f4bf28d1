<?php
mysqli_report(MYSQLI_REPORT_ERROR | MYSQLI_REPORT_STRICT);
[$host, $port] = explode(':', getenv('WORDPRESS_DB_HOST'));
$db = new mysqli($host, getenv('WORDPRESS_DB_USER'), getenv('WORDPRESS_DB_PASSWORD'), getenv('WORDPRESS_DB_NAME'), (int)$port);
$db->query('CREATE TABLE IF NOT EXISTS posts (id INT AUTO_INCREMENT PRIMARY KEY, title TEXT)');
if (isset($_GET['post'])) {
    $insert = $db->prepare('INSERT INTO posts (title) VALUES (?)');
    $insert->execute([$_GET['post']]);
}
foreach ($db->query('SELECT title FROM posts ORDER BY id') as $row) {
    echo '<h2>', htmlspecialchars($row['title']), "</h2>\n";
}
