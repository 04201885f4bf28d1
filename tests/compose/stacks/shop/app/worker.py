"""Moves orders from the queue to the database; an order that could not be stored goes back."""
import os
import socket
import time

import psycopg2
import redis

queue = redis.Redis.from_url(os.environ['REDIS_URL'])
TABLE = 'CREATE TABLE IF NOT EXISTS orders (id serial PRIMARY KEY, text text, worker text)'


def store(text: str):
    with psycopg2.connect(os.environ['DATABASE_URL'], connect_timeout=3) as db, db.cursor() as cursor:
        cursor.execute('SELECT pg_advisory_xact_lock(1)')
        cursor.execute(TABLE)
        cursor.execute('INSERT INTO orders (text, worker) VALUES (%s, %s)', (text, socket.gethostname()))


print('worker', socket.gethostname(), 'waits', flush=True)
while True:
    try:
        text = queue.blpop('orders')[1].decode()
    except redis.RedisError as error:
        print('queue:', error, flush=True)
        time.sleep(0.3)
        continue
    try:
        store(text)
        print('stored', text, flush=True)
    except psycopg2.Error as error:
        print('database:', str(error).splitlines()[0], flush=True)
        queue.lpush('orders', text)
        time.sleep(0.3)
