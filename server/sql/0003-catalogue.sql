-- Catalogue: what can be sold. Wines, their vintages, SKUs and identifiers, and how they are found. And what imports remember.
create extension if not exists pg_trgm;
create extension if not exists unaccent;

create schema catalogue;

-- Text as it is compared: without accents, in lower case, words between single spaces. unaccent is only stable, since its dictionary might be
-- changed; naming it here makes this one immutable, as an index needs. The extension may live in any schema of an existing database.
do $$
begin
  execute format(
    $fn$
    create function catalogue.fold(value text) returns text
    language sql immutable strict parallel safe as $body$
      select trim(regexp_replace(lower(%1$I.unaccent(%2$L::regdictionary, value)), '[][\s!-/:-@\\^-`{-~’‘´«»“”–—·]+', ' ', 'g'))
    $body$
    $fn$,
    (select n.nspname from pg_extension e join pg_namespace n on n.oid = e.extnamespace where e.extname = 'unaccent'),
    (select format('%I.unaccent', n.nspname)
       from pg_extension e join pg_namespace n on n.oid = e.extnamespace where e.extname = 'unaccent')
  );
end
$$;

-- The words of a text, folded, with what a label abbreviates written out beside it: who types "saint" finds "St." and the reverse.
create function catalogue.words_of(value text) returns text[]
language sql immutable parallel safe as $$
  select coalesce(array_agg(distinct word), '{}')
  from (
    select word from unnest(string_to_array(catalogue.fold(value), ' ')) word
    union all
    select other
    from unnest(string_to_array(catalogue.fold(value), ' ')) word
    join (values ('st', 'saint'), ('saint', 'st'), ('ste', 'sainte'), ('sainte', 'ste'), ('ch', 'chateau'), ('dom', 'domaine'))
      as short (word, other) using (word)
  ) words
  where word <> ''
$$;

-- Words as lexemes of one weight. Folded words hold nothing that the type's syntax would read otherwise.
create function catalogue.lexemes(value text, weight text) returns tsvector
language sql immutable parallel safe as $$
  select coalesce(string_agg(word || ':1' || weight, ' '), '')::tsvector from unnest(catalogue.words_of(value)) word
$$;

-- A: the label. B: the appellation. C: where from. D: what of.
create function catalogue.search_document(
  producer text, name text, appellation text, region text, country text, grapes text[]
) returns tsvector
language sql immutable parallel safe as $$
  select catalogue.lexemes(concat(producer, ' ', name), 'A') || catalogue.lexemes(appellation, 'B')
      || catalogue.lexemes(concat(region, ' ', country), 'C') || catalogue.lexemes((select string_agg(grape, ' ') from unnest(grapes) grape), 'D')
$$;

create function catalogue.sort_key(producer text, name text) returns text
language sql immutable parallel safe as $$ select catalogue.fold(concat(producer, ' ', name)) $$;

create table catalogue.wines (
  id text collate "C" primary key,
  producer text,
  name text not null,
  appellation text,
  region text,
  country text,
  colour text check (colour in ('red', 'white', 'rose', 'orange')),
  style text not null default 'still' check (style in ('still', 'sparkling', 'fortified', 'sweet')),
  -- [{ name, percent? }], in the order of the label
  grapes jsonb not null default '[]',
  grape_names text[] not null default '{}',
  sort_key text collate "C" generated always as (catalogue.sort_key(producer, name)) stored,
  search tsvector generated always as (
    catalogue.search_document(producer, name, appellation, region, country, grape_names)
  ) stored
);
-- Without the pending list, whose growth would make every search slower in the middle of an import.
create index wines_search on catalogue.wines using gin (search) with (fastupdate = off);
create index wines_sort on catalogue.wines (sort_key, id);

-- Every word that a wine can be found by, once. Typos are looked up here, among some ten thousand words, and not in the wines: it is as quick
-- for 100,000 wines as for 1,000. Never shrinks: a word that no wine has any more only finds nothing.
create table catalogue.words (word text collate "C" primary key);
create index words_trigrams on catalogue.words using gin (word gin_trgm_ops) with (fastupdate = off);

create table catalogue.vintages (
  wine text collate "C" not null references catalogue.wines (id),
  -- 0 stands for NV: a key column cannot be null
  vintage int not null check (vintage = 0 or vintage between 1700 and 2100),
  abv numeric(4, 2) check (abv between 0 and 99),
  -- null: not known; empty: known to have none
  allergens text[],
  elabel_url text,
  drink_from int,
  drink_by int,
  primary key (wine, vintage)
);

create table catalogue.skus (
  sku text collate "C" primary key,
  wine text collate "C" not null,
  vintage int not null,
  format_ml int not null check (format_ml between 1 and 100000),
  pack int not null check (pack between 1 and 1000),
  packaging text not null check (packaging in ('bottle', 'OWC', 'OCB', 'carton')),
  foreign key (wine, vintage) references catalogue.vintages (wine, vintage)
);
create index skus_wine on catalogue.skus (wine, vintage);

-- Numbers that others gave. One GTIN may cover several SKUs, as several vintages.
create table catalogue.identifiers (
  sku text collate "C" not null references catalogue.skus (sku),
  kind text not null check (kind in ('lwin', 'gtin', 'supplier')),
  value text collate "C" not null,
  primary key (sku, kind, value)
);
create index identifiers_value on catalogue.identifiers (value, kind);

create schema import;

-- One row a stock file: the time its counts are of is set once, so that the same file is the same facts however often it is imported.
create table import.runs (
  id text collate "C" primary key,
  as_of timestamptz not null,
  started_at timestamptz not null,
  finished_at timestamptz
);
