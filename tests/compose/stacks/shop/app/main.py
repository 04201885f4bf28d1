import os

import psycopg2
import redis
from fastapi import FastAPI, Response

app = FastAPI()
queue = redis.Redis.from_url(os.environ['REDIS_URL'], socket_timeout=3)


def database():
    return psycopg2.connect(os.environ['DATABASE_URL'], connect_timeout=3)


@app.get('/health')
def health(response: Response):
    state = {}
    for name, probe in (('redis', queue.ping), ('db', lambda: database().close())):
        try:
            probe()
            state[name] = 'ok'
        except (redis.RedisError, psycopg2.Error) as error:
            state[name] = str(error)
            response.status_code = 503
    return state


@app.post('/orders/{text}')
def order(text: str):
    """Into the queue; a worker takes it from there to the database."""
    return {'queued': queue.rpush('orders', text)}


@app.get('/orders')
def orders():
    with database() as db, db.cursor() as cursor:
        cursor.execute("SELECT to_regclass('orders')")
        if cursor.fetchone()[0] is None:
            return {}
        cursor.execute('SELECT text, worker FROM orders ORDER BY id')
        return dict(cursor.fetchall())
