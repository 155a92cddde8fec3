-- SPDX-License-Identifier: MIT
-- A believable household data set for the demo, the examples and the tests: 500 users, 2 000
-- residences, 40 000 tasks and what belongs to them. For an empty schema of version 1.
-- Every run writes the same rows: "today" is 2026-06-01 and every draw comes from md5 (row number).
-- Plain statements only, each ending in a semicolon at the end of a line; no psql commands.
--
--   user n          username user<n>, email user<n>@example.org, no usable password
--   token of user n the first 40 hex digits of sha256 ('honeydue-token-' || n)
--   user 1          username demo: owns residences 1 to 6, shares residences 7 to 10
--   token of user 1 92b595766c69fe2e49154f0ef2226405b82823d9
--   user 500        username newcomer: owns nothing and shares nothing

begin;

-- Compiling these statements would take longer than running them.
set local jit = off;
set local timezone = 'UTC';

-- Draw k (0 to 7) of row n of the table with letter a: 0 to 65535, the same on every run.
create function pg_temp.draw(a text, n bigint, k int) returns int language sql immutable
    return ('x' || substr(md5(a || n::text), 1 + 4 * k, 4))::bit(16)::int;

insert into auth_user (id, username, email, password, first_name, last_name, is_active, is_staff,
                       last_login, date_joined)
select n,
       case n when 1 then 'demo' when 500 then 'newcomer' else 'user' || n end,
       case n when 1 then 'demo' when 500 then 'newcomer' else 'user' || n end || '@example.org',
       '!no-usable-password',
       (array['Alice', 'Ben', 'Carla', 'David', 'Elena', 'Femi', 'Grace', 'Hugo', 'Ines', 'Jonas',
              'Keiko', 'Liam', 'Maria', 'Noah', 'Olga', 'Priya', 'Quinn', 'Rosa', 'Samir',
              'Tess', 'Uwe', 'Vera', 'Wei', 'Yara', 'Zoë'])[1 + pg_temp.draw('u', n, 0) % 25],
       (array['Andersen', 'Baker', 'Costa', 'Dubois', 'Evans', 'Fischer', 'García', 'Haddad',
              'Ito', 'Jansen', 'Kowalski', 'Lopez', 'Müller', 'Nguyen', 'Okafor', 'Patel',
              'Rossi', 'Smith', 'Tanaka', 'Weber'])[1 + pg_temp.draw('u', n, 1) % 20],
       n % 97 <> 0, n in (2, 3),
       case when n % 11 <> 0
            then timestamptz '2026-06-01 08:00+00' - pg_temp.draw('u', n, 2) * interval '1 minute' end,
       timestamptz '2026-04-01 09:00+00' - pg_temp.draw('u', n, 3) * interval '20 minutes'
from generate_series(1, 500) n;

insert into user_userprofile (id, user_id, phone_number, bio, date_of_birth, profile_picture_key,
                              time_zone, email_verified_at, reminder_lead_days,
                              push_notifications, email_notifications, created_at, updated_at)
select u.id, u.id,
       case when u.id % 3 <> 0 then '+1555' || lpad(u.id::text, 7, '0') end,
       case when u.id % 7 = 0 then 'Looks after ' || 1 + u.id % 4 || ' homes and a dog.' end,
       date '1998-01-01' - pg_temp.draw('p', u.id, 0) % 14000,
       case when u.id % 4 = 0 then 'avatars/' || md5('avatar' || u.id) || '.jpg' end,
       (array['UTC', 'America/New_York', 'America/Chicago', 'America/Los_Angeles',
              'Europe/Berlin', 'Europe/London', 'Asia/Tokyo'])[1 + pg_temp.draw('p', u.id, 1) % 7],
       case when u.id % 13 <> 0 then u.date_joined + interval '10 minutes' end,
       (array[1, 2, 3, 3, 7, 14])[1 + pg_temp.draw('p', u.id, 2) % 6],
       u.id % 5 <> 0, u.id % 6 <> 0, u.date_joined, u.date_joined + interval '10 minutes'
from auth_user u order by u.id;

insert into authtoken_token (key, user_id, created)
select substr(encode(sha256(convert_to('honeydue-token-' || id, 'UTF8')), 'hex'), 1, 40),
       id, date_joined
from auth_user;

-- Residences 1 to 6 are the demo user's, 7 to 10 users 2 to 5's; the rest is drawn from users
-- 2 to 499, unevenly as in life: the square of a draw favours low numbers.
insert into residence_residence (id, owner_id, name, property_type, street_address,
                                 apartment_unit, city, state_province, postal_code, country,
                                 currency, bedrooms, bathrooms, floor_area, year_built,
                                 purchased_on, purchase_price, description, is_primary,
                                 is_active, created_at, updated_at)
select n, owner_id,
       case when is_primary then 'Home' else
       (array['Lake house', 'Rental unit', 'Parents'' house', 'Beach cottage', 'City flat',
              'Old farmhouse', 'Guest house', 'Office'])[1 + d2 % 8] end
       || case when n > 10 and d3 % 3 = 0 then ' in ' || city else '' end,
       (array['house', 'house', 'house', 'apartment', 'condo', 'townhouse', 'cottage',
              'other'])[1 + d4 % 8],
       1 + d5 % 980 || ' ' || (array['Maple', 'Oak', 'Hill', 'Station', 'Church', 'Mill', 'River',
              'Park', 'Elm', 'Harbor'])[1 + d6 % 10] || ' Street',
       case when d4 % 8 in (3, 4) then 1 + d5 % 40 || chr(65 + d6 % 4) end,
       city, state, 10000 + (d5 * 7 + n) % 89999, 'US', 'USD',
       1 + d6 % 6, 1 + (d3 % 6) / 2.0, 45 + d2 % 300 + 0.5, 1890 + d3 % 135,
       case when d5 % 4 <> 0 then date '2026-01-01' - d6 % 9000 end,
       case when d5 % 4 <> 0 then (90 + d2 % 900) * 1000.00 end,
       case when n % 9 = 0 then 'Bought with the neighbours'' advice; the attic is dry.' end,
       is_primary, n <= 10 or n % 151 <> 0,
       timestamptz '2026-04-01 10:00+00' - d4 * interval '15 minutes',
       timestamptz '2026-04-01 10:00+00' - d4 % 1000 * interval '15 minutes'
from (select n, owner_id, row_number() over (partition by owner_id order by n) = 1 as is_primary,
             (array['Springfield', 'Portland', 'Madison', 'Austin', 'Boulder', 'Asheville',
                    'Burlington', 'Savannah', 'Duluth', 'Tucson'])[1 + d1 % 10] as city,
             (array['IL', 'OR', 'WI', 'TX', 'CO', 'NC', 'VT', 'GA', 'MN', 'AZ'])[1 + d1 % 10]
                 as state,
             d1, d2, d3, d4, d5, d6
      from (select n,
                   case when n <= 6 then 1 when n <= 10 then n - 5 when n <= 508 then n - 9
                        else 2 + (pg_temp.draw('r', n, 0)::bigint * pg_temp.draw('r', n, 0)
                                  * 498 / 4294967296) end as owner_id,
                   pg_temp.draw('r', n, 1) as d1, pg_temp.draw('r', n, 2) as d2,
                   pg_temp.draw('r', n, 3) as d3, pg_temp.draw('r', n, 4) as d4,
                   pg_temp.draw('r', n, 5) as d5, pg_temp.draw('r', n, 6) as d6
            from generate_series(1, 2000) n) drawn) r
order by n;

-- Three residences in ten are shared with one to three others.
insert into residence_residence_users (residence_id, user_id)
select r.id, u.user_id
from residence_residence r
cross join lateral (select distinct 2 + pg_temp.draw('s', r.id, k) % 498 as user_id
                    from generate_series(1, 1 + r.id::int % 3) k) u
where r.id % 10 in (0, 3, 7) and r.id > 10 and u.user_id <> r.owner_id
union all
select r, 1 from generate_series(7, 10) r
union all
select 1, u from generate_series(2, 3) u
order by 1, 2;

insert into contractor_contractor (id, created_by_id, residence_id, name, company, specialty,
                                   phone_number, email, website, license_number, hourly_rate,
                                   rating, notes, is_favorite, is_active, created_at, updated_at)
select n, r.owner_id, case when n % 4 <> 0 then r.id end,
       (array['Sam', 'Jo', 'Pat', 'Alex', 'Chris', 'Dana', 'Lee', 'Kim'])[1 + d1 % 8] || ' '
       || (array['Walker', 'Stone', 'Carpenter', 'Reed', 'Fields', 'Wells'])[1 + d2 % 6],
       case when n % 5 <> 0
            then (array['Reliable', 'Hometown', 'Two Brothers', 'Blue Door', 'Summit'])[1 + d3 % 5]
                 || ' ' || initcap(replace(specialty, '_', ' ')) end,
       specialty, '+1555' || lpad((5000000 + n)::text, 7, '0'),
       case when n % 3 <> 0 then 'contractor' || n || '@example.com' end,
       case when n % 6 = 0 then 'https://contractor' || n || '.example.com' end,
       case when specialty in ('plumbing', 'electrical', 'hvac')
            then upper(left(specialty, 2)) || '-' || 100000 + d2 end,
       35 + d3 % 110 + 0.50, case when n % 4 <> 3 then 2 + d1 % 4 end,
       case when n % 8 = 0 then 'Calls before coming. Paid by invoice.' end,
       n % 9 = 0, n % 40 <> 0, r.created_at + interval '2 days', r.created_at + interval '9 days'
from (select n, 1 + (n * 7 - 1) % 2000 as residence_id,
             (array['general', 'plumbing', 'electrical', 'hvac', 'roofing', 'landscaping',
                    'painting', 'cleaning', 'pest_control', 'appliance', 'flooring',
                    'masonry'])[1 + pg_temp.draw('c', n, 0) % 12] as specialty,
             pg_temp.draw('c', n, 1) as d1, pg_temp.draw('c', n, 2) as d2,
             pg_temp.draw('c', n, 3) as d3
      from generate_series(1, 2000) n) c
join residence_residence r on r.id = c.residence_id
order by n;

-- What a home asks for. Costs are the low end and the spread in dollars; 0 is done by oneself.
create temporary table chore (
    number int primary key, title text, category text, priority text, recurrence text,
    every_days int, step_days int, low int, spread int
);
insert into chore values
    (0, 'Replace the furnace filter', 'hvac', 'medium', 'quarterly', null, 91, 15, 30),
    (1, 'Clean the gutters', 'exterior', 'high', 'semiannual', null, 182, 0, 220),
    (2, 'Test smoke and CO detectors', 'safety', 'urgent', 'monthly', null, 30, 0, 0),
    (3, 'Service the boiler', 'hvac', 'high', 'annual', null, 365, 120, 160),
    (4, 'Mow the lawn', 'garden', 'low', 'weekly', null, 7, 0, 45),
    (5, 'Flush the water heater', 'plumbing', 'medium', 'annual', null, 365, 0, 150),
    (6, 'Fix the dripping kitchen tap', 'plumbing', 'medium', 'once', null, 0, 10, 140),
    (7, 'Repaint the hallway', 'interior', 'low', 'once', null, 0, 80, 600),
    (8, 'Descale the dishwasher', 'appliance', 'low', 'custom', 45, 45, 5, 10),
    (9, 'Inspect the roof for loose shingles', 'exterior', 'high', 'annual', null, 365, 0, 300),
    (10, 'Reseal the bathroom grout', 'plumbing', 'medium', 'once', null, 0, 20, 90),
    (11, 'Replace the outlet in the garage', 'electrical', 'high', 'once', null, 0, 25, 160),
    (12, 'Clean the dryer vent', 'safety', 'high', 'semiannual', null, 182, 0, 120),
    (13, 'Prune the fruit trees', 'garden', 'medium', 'annual', null, 365, 0, 180),
    (14, 'Wash the windows', 'cleaning', 'low', 'quarterly', null, 91, 0, 150),
    (15, 'Treat the deck with oil', 'exterior', 'medium', 'annual', null, 365, 60, 140),
    (16, 'Test the ground-fault breakers', 'electrical', 'medium', 'monthly', null, 30, 0, 0),
    (17, 'Deep-clean the oven', 'cleaning', 'low', 'custom', 60, 60, 0, 20),
    (18, 'Replace the weather stripping', 'exterior', 'medium', 'once', null, 0, 30, 90),
    (19, 'Winterize the outdoor taps', 'plumbing', 'high', 'annual', null, 365, 0, 60),
    (20, 'Vacuum the refrigerator coils', 'appliance', 'low', 'semiannual', null, 182, 0, 0),
    (21, 'Repair the cracked driveway', 'exterior', 'medium', 'once', null, 0, 250, 2400),
    (22, 'Replace the washing machine', 'appliance', 'high', 'once', null, 0, 550, 700),
    (23, 'Check the fire extinguishers', 'safety', 'high', 'annual', null, 365, 0, 40),
    (24, 'Water the indoor plants', 'garden', 'low', 'weekly', null, 7, 0, 0),
    (25, 'Pump the septic tank', 'plumbing', 'high', 'custom', 1095, 1095, 300, 250),
    (26, 'Insulate the attic hatch', 'interior', 'medium', 'once', null, 0, 60, 190),
    (27, 'Chimney sweep', 'safety', 'high', 'annual', null, 365, 110, 140),
    (28, 'Wax the wooden floor', 'interior', 'low', 'semiannual', null, 182, 20, 120),
    (29, 'Renew the home insurance', 'general', 'urgent', 'annual', null, 365, 700, 1600),
    (30, 'Take the bins out', 'general', 'low', 'weekly', null, 7, 0, 0),
    (31, 'Fix the squeaking bedroom door', 'interior', 'low', 'once', null, 0, 0, 15);

-- 20 to a residence on average: 24 for the first ten, the rest spread from about 8 to 35.
insert into task_task (id, residence_id, created_by_id, assigned_to_id, contractor_id, title,
                       description, category, priority, status, recurrence,
                       recurrence_interval_days, due_date, completed_at, estimated_cost,
                       actual_cost, is_archived, created_at, updated_at)
select n, residence_id, owner_id,
       case when d3 % 3 = 0 then owner_id end,
       case when d3 % 5 = 0 and spread > 100 then contractor_id end,
       title,
       case when d2 % 3 = 0 then 'Last time it took ' || 1 + d2 % 5 || ' hours. Tools are in the '
            || (array['garage', 'shed', 'cellar', 'hall cupboard'])[1 + d3 % 4] || '.' end,
       category, priority, status, recurrence, every_days, due_date,
       case when status = 'completed'
            then (due_date - d3 % 6 + time '09:00' + d4 % 480 * interval '1 minute')
                 at time zone 'UTC' end,
       case when low + spread > 0 then low + d4 * spread / 65536 + 0.00 end,
       case when status = 'completed' and low + spread > 0
            then low + d3 * spread / 65536 + d4 % 100 / 100.0 end,
       status in ('completed', 'cancelled') and d4 % 4 = 0,
       (least(due_date, date '2026-05-31') - 30 - d4 % 60 + time '12:00') at time zone 'UTC',
       least(timestamptz '2026-06-01 07:00+00',
             (due_date - d4 % 20 + time '07:30') at time zone 'UTC')
from (select t.*, r.owner_id, c.id as contractor_id, chore.*,
             case when recurrence <> 'once' then
                  date '2026-06-01' - 20 + (d2 % 30) + (d3 % step_days)
                  else date '2026-06-01' + 75 - d2 % 700 end as due_date,
             case when recurrence <> 'once' then
                  case when d4 % 40 = 0 then 'cancelled' when d4 % 12 = 1 then 'in_progress'
                       else 'pending' end
                  when d4 % 25 = 0 then 'cancelled'
                  when d2 % 700 > 75 + 30 * (d4 % 5) then 'completed'
                  when d4 % 6 = 1 then 'in_progress'
                  else 'pending' end as status
      from (select n,
                   case when n <= 240 then 1 + (n - 1) / 24
                        else 11 + (n - 241 + 37 * (pg_temp.draw('t', n, 4) % 600)) % 1990 end
                       as residence_id,
                   case when n <= 240 then (n - 1) % 32 else pg_temp.draw('t', n, 0) % 32 end
                       as chore_number,
                   pg_temp.draw('t', n, 1) as d2, pg_temp.draw('t', n, 2) as d3,
                   pg_temp.draw('t', n, 3) as d4
            from generate_series(1, 40000) n
            offset 0) t  -- a fence: every draw is made once
      join residence_residence r on r.id = t.residence_id
      join chore on chore.number = t.chore_number
      left join (select created_by_id, min(id) as id from contractor_contractor
                 group by created_by_id) c on c.created_by_id = r.owner_id) t
order by n;

-- Recurring tasks have been done up to six times before; a completed task once.
insert into task_taskcompletion (task_id, completed_by_id, contractor_id, due_date, completed_at,
                                 actual_cost, rating, photo_key, notes, created_at)
select t.id, coalesce(t.assigned_to_id, t.created_by_id), t.contractor_id, done.due_date,
       done.completed_at,
       case when t.estimated_cost > 0
            then round(t.estimated_cost * (80 + pg_temp.draw('k', t.id, k) % 50) / 100, 2) end,
       case when t.contractor_id is not null then 3 + (t.id + k) % 3 end,
       case when (t.id + k) % 8 = 0 then 'completions/' || t.id || '/' || k || '.jpg' end,
       case when (t.id + k) % 5 = 0 then 'Went well; nothing else found.' end,
       done.completed_at
from task_task t
join chore on chore.title = t.title
cross join lateral generate_series(1, case when t.status = 'completed' then 1
                                           when t.recurrence = 'once' then 0
                                           else t.id::int % 3 end) k
cross join lateral (
    select coalesce(t.due_date - k * step_days, t.due_date) as due_date,
           case when t.status = 'completed' then t.completed_at
                else (t.due_date - k * step_days - (t.id + k)::int % 4 + time '18:20')
                     at time zone 'UTC' end as completed_at) done
where done.completed_at <= timestamptz '2026-06-01 07:00+00'
order by done.completed_at, t.id;

insert into documents_document (id, residence_id, uploaded_by_id, task_id, contractor_id, kind,
                                title, description, file_name, mime_type, storage_key,
                                size_bytes, issued_on, expires_on, amount, created_at,
                                updated_at)
select row_number() over (order by t.id), t.residence_id, t.created_by_id, t.id, t.contractor_id,
       d.kind, initcap(d.kind) || ': ' || t.title,
       case when d1 % 4 = 0 then 'Kept for the tax return.' end,
       d.kind || '-' || t.id || d.suffix, d.mime_type,
       'residences/' || t.residence_id || '/' || md5('document' || t.id) || d.suffix,
       20000 + d1 * 61::bigint, t.created_at::date,
       case when d.kind in ('warranty', 'insurance', 'contract')
            then t.created_at::date + 365 * (1 + d1 % 5) end,
       case when d.kind in ('receipt', 'contract', 'insurance') then t.estimated_cost end,
       t.created_at + interval '1 day', t.created_at + interval '1 day'
from task_task t
cross join lateral (select pg_temp.draw('d', t.id, 0) as d1) drawn
join (values (0, 'receipt', '.pdf', 'application/pdf'), (1, 'photo', '.jpg', 'image/jpeg'),
             (2, 'warranty', '.pdf', 'application/pdf'), (3, 'manual', '.pdf', 'application/pdf'),
             (4, 'contract', '.pdf', 'application/pdf'),
             (5, 'insurance', '.pdf', 'application/pdf'), (6, 'permit', '.png', 'image/png'),
             (7, 'general', '.txt', 'text/plain')) d (number, kind, suffix, mime_type)
     on d.number = d1 % 8
where t.id % 6 = 0
order by t.id;

insert into notification_notification (user_id, residence_id, task_id, kind, title, body, sent_at,
                                       read_at, created_at, due_date)
select user_id, residence_id, id, kind,
       case kind when 'task_overdue' then 'Overdue: ' when 'task_due_soon' then 'Due soon: '
                 else 'Done: ' end || title,
       title || ' at ' || residence_name || ' was due on ' || due_date || '.',
       case when id % 50 <> 0 then told_at + interval '20 seconds' end,
       case when id % 50 <> 0 and (kind = 'task_completed' or id % 3 = 0)
            then told_at + id % 3000 * interval '1 minute' end,
       told_at, case when kind <> 'task_completed' then due_date end
from (select t.id, t.residence_id, t.title, t.due_date, r.name as residence_name,
             coalesce(t.assigned_to_id, t.created_by_id) as user_id,
             case when t.status = 'completed' then 'task_completed'
                  when t.due_date < date '2026-06-01' then 'task_overdue'
                  else 'task_due_soon' end as kind,
             case when t.status = 'completed' then t.completed_at
                  when t.due_date < date '2026-06-01'
                  then (t.due_date + 1 + time '07:00') at time zone 'UTC'
                  else timestamptz '2026-05-29 07:00+00' end as told_at
      from task_task t join residence_residence r on r.id = t.residence_id
      where t.status <> 'cancelled' and not t.is_archived and t.id % 2 = 0
            and t.due_date < date '2026-06-04') told
where told_at <= timestamptz '2026-06-01 07:00+00'
order by told_at, id;

insert into subscription_usersubscription (id, user_id, tier, store, product_id,
                                           original_transaction_id, auto_renew, started_at,
                                           expires_at, cancelled_at, created_at, updated_at)
select id, id, case when paid then 'pro' else 'free' end,
       case when paid then store end, case when paid then 'honeydue.pro.' || period end,
       case when paid then upper(left(store, 1)) || 2000000000 + id * 7919 end,
       paid and d1 % 5 <> 0, case when paid then started_at end,
       case when paid then started_at + (case period when 'yearly' then interval '1 year'
                                                     else interval '1 month' end) end,
       case when paid and d1 % 5 = 0 then started_at + interval '9 days' end,
       date_joined, case when paid then started_at else date_joined end
from (select id, date_joined, d1, id = 1 or d1 % 10 < 3 as paid,
             (array['apple', 'apple', 'google', 'stripe'])[1 + d2 % 4] as store,
             case when d2 % 3 = 0 then 'monthly' else 'yearly' end as period,
             case when id = 1 then timestamptz '2026-03-01 12:00+00'
                  else timestamptz '2026-05-31 12:00+00' - d1 % 300 * interval '1 day' end
                  as started_at
      from (select id, date_joined, pg_temp.draw('b', id, 0) as d1,
                   pg_temp.draw('b', id, 1) as d2 from auth_user) drawn) u
order by id;

insert into admin_users (id, email, password_hash, full_name, role, last_login_at, created_at,
                         updated_at)
values (1, 'owner@example.org', '!no-usable-password', 'Odile Owner', 'owner',
        '2026-05-31 16:00+00', '2024-01-05 09:00+00', '2024-01-05 09:00+00'),
       (2, 'support@example.org', '!no-usable-password', 'Stan Support', 'support',
        '2026-06-01 07:30+00', '2024-06-11 09:00+00', '2024-06-11 09:00+00'),
       (3, 'viewer@example.org', '!no-usable-password', '', 'viewer', null,
        '2025-02-20 09:00+00', '2025-02-20 09:00+00');

-- Explicit keys do not move an identity sequence.
select setval(pg_get_serial_sequence('auth_user', 'id'), (select max(id) from auth_user)),
       setval(pg_get_serial_sequence('user_userprofile', 'id'),
              (select max(id) from user_userprofile)),
       setval(pg_get_serial_sequence('residence_residence', 'id'),
              (select max(id) from residence_residence)),
       setval(pg_get_serial_sequence('contractor_contractor', 'id'),
              (select max(id) from contractor_contractor)),
       setval(pg_get_serial_sequence('task_task', 'id'), (select max(id) from task_task)),
       setval(pg_get_serial_sequence('documents_document', 'id'),
              (select max(id) from documents_document)),
       setval(pg_get_serial_sequence('subscription_usersubscription', 'id'),
              (select max(id) from subscription_usersubscription)),
       setval(pg_get_serial_sequence('admin_users', 'id'), (select max(id) from admin_users));

drop table chore;
drop function pg_temp.draw;
commit;

analyze;
