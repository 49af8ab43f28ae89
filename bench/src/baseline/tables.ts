import type pg from 'pg'
import { bottlesEach } from '../cellar/fill.ts'

/** What the baselines work on: the least that a hold needs, in the same PostgreSQL, tuned alike (room for updates in place). */
export async function createBaselineTables(client: pg.Client, skus: number): Promise<void> {
  await client.query(`
    create schema baseline;
    create table baseline.levels (
      sku text collate "C" primary key,
      available int not null check (available >= 0),
      held int not null default 0
    ) with (fillfactor = 70);
    create table baseline.holds (
      id uuid primary key, sku text collate "C" not null, quantity int not null, expires_at timestamptz not null
    );
    create table baseline.journal (
      id bigint generated always as identity primary key, at timestamptz not null default now(), hold_id uuid not null,
      sku text collate "C" not null, quantity int not null
    );
    insert into baseline.levels (sku, available)
    select 'W' || lpad(n::text, 7, '0'), ${bottlesEach} * 100 from generate_series(0, ${skus - 1}) n`)
}
