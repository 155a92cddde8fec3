# SPDX-License-Identifier: MIT
"""The operations by asyncpg as its documentation writes them: a pool, fetch, executemany for many
rows, a transaction block. The protocol is that of peer.hpp."""

import asyncio
import os
import platform
import ssl
import sys
import time

sys.path.append(os.path.join(os.path.dirname(__file__), "../../.deps/lib/python3/dist-packages"))
try:
    import asyncpg
except ImportError as missing:
    print(f"absent {missing}")
    sys.exit(0)

TOKEN = "92b595766c69fe2e49154f0ef2226405b82823d9"
TASK = """select id, residence_id, title, description, status, priority, due_date, created_at
from task_task """
UPSERT = """insert into bench_reading (id, value, note) values ($1, $2, $3)
on conflict (id) do update set value = excluded.value, note = excluded.note"""
OWNED = "residence_id in (select id from residence_residence where owner_id = $1)"
WARM_UP_CONNECTIONS = 20


async def opened(connections):
    given = os.environ
    return await asyncpg.create_pool(
        host=given["DB_HOST"],
        port=int(given["DB_PORT"]),
        user=given["POSTGRES_USER"],
        password=given["POSTGRES_PASSWORD"],
        database=given["POSTGRES_DB"],
        ssl=ssl.create_default_context(cafile=given["DB_SSLROOTCERT"]),
        min_size=connections,
        max_size=connections,
        max_inactive_connection_lifetime=0,
    )


class Peer:
    def __init__(self, pool):
        self.pool = pool

    async def ids(self, *question):
        return [row[0] for row in await self.pool.fetch(*question)]

    async def one_task(self):
        return await self.ids(TASK + "where id = $1", 1)

    async def insert(self):
        await self.pool.fetchrow(
            """insert into notification_notification (user_id, kind, title, body)
            values ($1, 'system', $2, $3) returning id, created_at""",
            1, "Due", "Tomorrow")
        return [0]

    async def transaction(self):
        async with self.pool.acquire() as connection, connection.transaction():
            await connection.fetchval(
                "insert into task_taskcompletion (task_id, notes) values ($1, $2) returning id",
                2, "As always")
            await connection.execute("update task_task set updated_at = now() where id = $1", 2)
        return [0, 0]

    async def children(self):
        homes = await self.ids(
            "select id, name from residence_residence where id <= $1 order by id", 20)
        tasks = await self.ids(
            TASK + "where residence_id = any($1) order by residence_id, id", homes)
        return homes + tasks

    async def upsert(self, count):
        await self.pool.executemany(
            UPSERT, [(key, key * 7, "measured again") for key in range(1, count + 1)])
        return [0] * count

    async def upsert_1(self):
        return await self.upsert(1)

    async def upsert_100(self):
        return await self.upsert(100)

    async def upsert_10000(self):
        return await self.upsert(10000)

    async def page(self):
        tasks = await self.ids(
            TASK + "where residence_id <= $1 and id > $2 order by id limit 40", 100, 1000)
        return tasks + await self.ids(
            "select count(*) from task_task where residence_id <= $1", 100)

    async def dashboard(self):
        profile = await self.ids("select * from user_userprofile where user_id = $1", 1)
        tasks = await self.ids(
            TASK + f"where {OWNED} order by due_date nulls last, id limit 50", 1)
        return profile + tasks + await self.ids(
            f"select id, title from documents_document where {OWNED} order by id", 1)

    async def request(self):
        token = await self.pool.fetchrow(
            "select user_id, key, created from authtoken_token where key = $1", TOKEN)
        user = await self.ids(
            "select id, username from auth_user where id = $1 and is_active", token["user_id"])
        homes = await self.ids(
            """select id from residence_residence where owner_id = $1 union
            select residence_id from residence_residence_users where user_id = $1""",
            user[0])
        return user + await self.ids(
            TASK + "where residence_id = any($1) order by due_date nulls last, id limit 50", homes)

    async def warm_up(self):
        async with await opened(WARM_UP_CONNECTIONS):
            pass
        return [0] * WARM_UP_CONNECTIONS


async def perform(peer, name):
    operation = getattr(peer, name, None)
    if operation is None:
        return "never it has no such operation"
    try:
        begin = time.perf_counter()
        ids = await operation()
        return f"done {len(ids)} {sum(ids)} {(time.perf_counter() - begin) * 1e6:.1f}"
    except Exception as failure:  # the harness is told whatever it is
        return f"failed {failure}".replace("\n", " ")


async def main():
    peer = Peer(await opened(1))
    print(f"ready asyncpg {asyncpg.__version__}, Python {platform.python_version()}", flush=True)
    loop = asyncio.get_running_loop()
    while name := (await loop.run_in_executor(None, sys.stdin.readline)).strip():
        print(await perform(peer, name), flush=True)


try:
    asyncio.run(main())
except KeyboardInterrupt:
    sys.exit(130)
