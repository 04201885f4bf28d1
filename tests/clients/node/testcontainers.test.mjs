// Testcontainers for Node, as test suites of applications use it. Run by node_test.py, in the engine's network namespace.
import assert from 'node:assert/strict';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

const require = createRequire(process.env.CLIENTS + '/');
const { GenericContainer, Network, PullPolicy, Wait } = require('testcontainers');

const IMAGE = 'gt/box';
const SERVE = ['sh', '-c', 'mkdir -p /www && echo page >/www/index.html && echo ready && exec httpd -f -p 8080 -h /www'];

async function withStarted(container, use) {
  const started = await container.start();
  try { await use(started); } finally { await started.stop({ timeout: 0 }); }
}

test('a mapped port answers when start returns', async () => {
  const container = new GenericContainer(IMAGE).withCommand(SERVE).withExposedPorts(8080)
    .withWaitStrategy(Wait.forListeningPorts());
  await withStarted(container, async (started) => {
    const answer = await fetch(`http://${started.getHost()}:${started.getMappedPort(8080)}/`);
    assert.equal(await answer.text(), 'page\n');
  });
});

test('start waits for a line of the log, an HTTP answer, a command, health', async () => {
  for (const strategy of [Wait.forLogMessage('ready'), Wait.forHttp('/', 8080), Wait.forSuccessfulCommand('test -f /www/index.html'), Wait.forHealthCheck(),
    Wait.forAll([Wait.forListeningPorts(), Wait.forLogMessage(/rea.y/)])]) {
    const container = new GenericContainer(IMAGE).withCommand(SERVE).withExposedPorts(8080).withStartupTimeout(20000)
      .withHealthCheck({ test: ['CMD-SHELL', 'test -f /www/index.html'], interval: 100, timeout: 5000, retries: 20, startPeriod: 0 })
      .withWaitStrategy(strategy);
    await withStarted(container, async () => {});
  }
});

test('a one-shot is waited for, and one that never gets ready is told', async () => {
  const once = await new GenericContainer(IMAGE).withCommand(['true']).withWaitStrategy(Wait.forOneShotStartup()).start();
  await once.stop();
  await assert.rejects(new GenericContainer(IMAGE).withCommand(['sh', '-c', 'exit 3']).withWaitStrategy(Wait.forOneShotStartup()).start(), /failed to start/);
  await assert.rejects(new GenericContainer(IMAGE).withCommand(['sleep', '60']).withWaitStrategy(Wait.forLogMessage('never')).withStartupTimeout(300).start(), /never/);
});

test('commands run in it, files go in and out', async () => {
  const container = new GenericContainer(IMAGE).withCommand(['sleep', '60']).withEnvironment({ WHO: 'ann' })
    .withCopyContentToContainer([{ content: 'text', target: '/in/file', mode: 0o600 }]);
  await withStarted(container, async (started) => {
    const done = await started.exec(['sh', '-c', 'echo $WHO; cat /in/file; stat -c %a /in/file; echo bad >&2; exit 5']);
    assert.deepEqual([done.exitCode, done.stdout, done.stderr], [5, 'ann\ntext600\n', 'bad\n']);
    assert.equal((await started.exec(['id', '-u'], { user: '12', workingDir: '/tmp', env: { A: 'b' } })).output.trim(), '12');
    await started.copyContentToContainer([{ content: 'later', target: '/later' }]);
    const chunks = [];
    for await (const chunk of await started.copyArchiveFromContainer('/later')) chunks.push(chunk);
    assert.match(Buffer.concat(chunks).toString(), /later/);
  });
});

test('the log is followed', async () => {
  await withStarted(new GenericContainer(IMAGE).withCommand(['sh', '-c', 'echo first; usleep 300000; echo second >&2; sleep 60']), async (started) => {
    const stream = await started.logs();
    let seen = '';
    await new Promise((resolve, reject) => {
      // Also holds the event loop: Testcontainers lets the program end while it follows a log.
      const limit = setTimeout(() => reject(new Error(`seen: ${JSON.stringify(seen)}`)), 20000);
      stream.on('data', (text) => { seen += text; if (seen === 'first\nsecond\n') { clearTimeout(limit); resolve(); } });
    });
    stream.destroy();
  });
});

test('containers of a network find each other by their aliases', async () => {
  const network = await new Network().start();
  const web = new GenericContainer(IMAGE).withCommand(SERVE).withNetwork(network).withNetworkAliases('web')
    .withWaitStrategy(Wait.forLogMessage('ready'));
  await withStarted(web, async () => {
    await withStarted(new GenericContainer(IMAGE).withCommand(['sleep', '60']).withNetwork(network), async (asker) => {
      const done = await asker.exec(['sh', '-c', 'for i in 1 2 3 4 5 6 7 8 9 10; do wget -qO- http://web:8080/ && break; usleep 100000; done']);
      assert.equal(done.output, 'page\n');
    });
  });
  await network.stop();
});

test('an image is built from a Dockerfile', async () => {
  const context = await mkdtemp(join(tmpdir(), 'context-'));
  await writeFile(join(context, 'Dockerfile'), `FROM ${IMAGE}\nARG WHO\nCOPY said /said\nRUN echo $WHO >>/said\nCMD cat /said; sleep 60\n`);
  await writeFile(join(context, 'said'), 'hello ');
  const image = await GenericContainer.fromDockerfile(context).withBuildArgs({ WHO: 'ann' }).withPullPolicy(PullPolicy.defaultPolicy()).build('made:here', { deleteOnExit: false });
  await withStarted(image.withWaitStrategy(Wait.forLogMessage('hello ann')), async () => {});
});

test('one that is restarted is the same, and gets its port again', async () => {
  await withStarted(new GenericContainer(IMAGE).withCommand(['sh', '-c', 'echo x >>/count; exec httpd -f -p 8080 -h /www']).withExposedPorts(8080), async (started) => {
    const id = started.getId();
    await started.restart();
    assert.equal(started.getId(), id);
    assert.equal((await started.exec(['cat', '/count'])).output, 'x\nx\n');
    assert.equal((await fetch(`http://${started.getHost()}:${started.getMappedPort(8080)}/`)).status, 200);
  });
});

test('a kept one is found again by its configuration', async () => {
  const make = () => new GenericContainer(IMAGE).withCommand(['sleep', '60']).withReuse().start();
  const first = await make(), second = await make();
  assert.equal(first.getId(), second.getId());
  await second.stop({ timeout: 0 });
});

test('limits, users, labels, tmpfs and capabilities arrive', async () => {
  const container = new GenericContainer(IMAGE).withCommand(['sleep', '60']).withUser('7:8').withLabels({ a: 'b' }).withTmpFs({ '/quick': 'rw,size=1m' })
    .withResourcesQuota({ memory: 0.1, cpu: 0.5 }).withUlimits({ nofile: { soft: 99, hard: 100 } }).withDroppedCapabilities('ALL').withWorkingDir('/tmp')
    .withHostname('here').withSharedMemorySize(1 << 20).withExtraHosts([{ host: 'far', ipAddress: '10.1.2.3' }]);
  await withStarted(container, async (started) => {
    const done = await started.exec(['sh', '-c', 'id -u; id -g; pwd; hostname; ulimit -n; grep CapEff /proc/self/status; grep -c " /quick tmpfs" /proc/mounts; grep far /etc/hosts']);
    assert.deepEqual(done.output.trim().split(/\s+/), ['7', '8', '/tmp', 'here', '99', 'CapEff:', '0000000000000000', '1', '10.1.2.3', 'far']);
    assert.equal(started.getLabels().a, 'b');
  });
});
