-- Access: who may do what. People, the keys of machines, sessions of browsers, what the embedded issuer remembers, and what was done by whom.
create schema access;

-- People. A customer's row outlives its data: orders name the id, and nothing else of it.
create table access.users (
  id uuid primary key,
  -- folded by who writes it: trimmed, in lower case; null once erased
  email text collate "C" unique check (length(email) between 3 and 254),
  name text not null check (length(name) between 1 and 120),
  roles text[] not null check (roles <> '{}' and roles <@ array['customer', 'shop', 'cellar', 'buyer', 'admin']),
  -- null: all of them
  locations text[],
  -- scrypt, with its parameters and salt
  password text,
  -- to be changed before anything else
  password_once boolean not null default false,
  made_at timestamptz not null default clock_timestamp(),
  changed_at timestamptz not null default clock_timestamp(),
  disabled_at timestamptz,
  erased_at timestamptz,
  check ((email is null) = (erased_at is not null))
);

-- Wrong passwords in a row, by a hash of the address: of addresses that nobody has as well, so that these cannot be told apart.
create table access.sign_in_failures (
  address bytea primary key check (length(address) = 32),
  failures smallint not null,
  locked_until timestamptz,
  at timestamptz not null default clock_timestamp()
);
create index sign_in_failures_at on access.sign_in_failures (at);

-- Keys of tills and scanners. The key itself is shown once; what is kept can be compared with it and not turned back.
create table access.keys (
  id text collate "C" primary key,
  name text not null check (length(name) between 1 and 120),
  hash bytea not null check (length(hash) = 32),
  roles text[] not null check (roles <> '{}' and roles <@ array['shop', 'cellar', 'buyer', 'admin', 'machine']),
  locations text[],
  made_by text not null,
  made_at timestamptz not null default clock_timestamp(),
  expires_at timestamptz,
  revoked_at timestamptz
);

-- Sessions of browsers that somebody has signed in to. The cookie holds a random text; here is its hash.
create table access.sessions (
  hash bytea primary key check (length(hash) = 32),
  subject text not null,
  name text not null,
  roles text[] not null,
  locations text[],
  -- the guest that it was before: whose holds are still its own
  guest text,
  -- what the sign-out tells the issuer
  id_token text,
  refresh_token text,
  made_at timestamptz not null default clock_timestamp(),
  -- until when the issuer's word counts; after that it is asked again
  fresh_until timestamptz not null,
  ends_at timestamptz not null
);
create index sessions_subject on access.sessions (subject);
create index sessions_end on access.sessions (ends_at);

-- What the embedded issuer remembers: clients, codes, grants, refresh tokens.
create table access.issued (
  model text not null,
  id text not null,
  payload jsonb not null,
  grant_id text,
  uid text,
  user_code text,
  consumed_at timestamptz,
  expires_at timestamptz,
  primary key (model, id)
);
create index issued_grant on access.issued (grant_id) where grant_id is not null;
create index issued_uid on access.issued (model, uid) where uid is not null;
create index issued_end on access.issued (expires_at) where expires_at is not null;

-- Keys that the embedded issuer signs with. The newest signs; those before it are still believed until their tokens have ended.
create table access.signing_keys (
  kid text primary key,
  jwk jsonb not null,
  made_at timestamptz not null default clock_timestamp(),
  retired_at timestamptz
);

-- Secrets of the installation, the same in all of its processes.
create table access.secrets (
  name text primary key,
  value text not null,
  made_at timestamptz not null default clock_timestamp()
);

-- Whatever a subject was given before a moment counts no more. Every process reads it about once a second.
create table access.revocations (
  id bigint generated always as identity primary key,
  -- a subject such as user:ID or key:ID; a session as session:HASH; a grant of the issuer as grant:ID
  what text not null,
  before timestamptz not null default clock_timestamp()
);
create index revocations_before on access.revocations (before);

-- One-use passes to the feed, for half a minute.
create table access.tickets (
  hash bytea primary key check (length(hash) = 32),
  caller jsonb not null,
  ends_at timestamptz not null
);

-- Who did what from where: refusals, administration, sign-ins. What changed stock is in the journal, with its actor. Rows are written and never changed.
create table access.audit (
  id bigint generated always as identity primary key,
  at timestamptz not null default clock_timestamp(),
  -- who, as journal and keys of idempotency name them; no names and no addresses of mail
  subject text not null,
  -- how they showed it: session, token, key, guest, none, command
  via text not null,
  operation text not null,
  -- what it was about, such as user:ID, hold:ID
  target text,
  -- done, or the name of the problem
  outcome text not null,
  -- of the network address the part that does not name a household: a /24 or a /48
  network text,
  agent text check (length(agent) <= 200),
  detail jsonb not null default '{}'
);
create index audit_subject on access.audit (subject, id);
create index audit_target on access.audit (target, id) where target is not null;

create function access.refuse_change() returns trigger language plpgsql as $$
begin
  raise exception 'what was done stays on record: access.audit is only ever added to' using errcode = 'restrict_violation';
end
$$;
create trigger audit_stays before update or delete on access.audit for each row execute function access.refuse_change();
create trigger audit_stays_whole before truncate on access.audit for each statement execute function access.refuse_change();
