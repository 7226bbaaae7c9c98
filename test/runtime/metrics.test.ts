import test from 'ava';
import { createMetrics, type MetricsSample } from '../../src/runtime/metrics.ts';

const SAMPLE: MetricsSample = {
  storeConfirmedAgeSeconds: { regional: 1.5, global: undefined },
  holds: { leader: true, arbiter: false },
  promisedSeconds: { keystone: 1.5 },
  keys: { 'fernet-keys': { generation: 7, isInPlace: true } },
  eventsUnshipped: 3,
};

test('what happened is counted, and the gauges are read at the scrape', async (t) => {
  let sample = SAMPLE;
  const metrics = createMetrics('0.1.0', () => sample);
  metrics.tickEnded('leader', 30, undefined);
  metrics.tickEnded('leader', 30, 'store-away');
  metrics.tickEnded('leader', 30, 'stopped');
  metrics.probeLooked('mariadb', 4, 'failed');
  metrics.eventRecorded('critical', false);
  metrics.catalogLooked('catalog-a', { health: 'degraded', detail: '', facts: { differences: 2 } });
  metrics.catalogLooked('catalog-b', { health: 'degraded', detail: '', facts: { differences: 2 } });
  metrics.catalogLooked('catalog-b', undefined);
  sample = { ...SAMPLE, eventsUnshipped: 4 };
  const lines = (await metrics.text()).split('\n');
  for (const expected of [
    'regent_tick_duration_seconds_count{loop="leader"} 3',
    'regent_tick_duration_seconds_bucket{le="0.02",loop="leader"} 0',
    'regent_tick_duration_seconds_bucket{le="0.1",loop="leader"} 3',
    'regent_tick_failures_total{loop="leader",kind="store-away"} 1',
    'regent_observation_health_state{probe="mariadb",health="failed"} 1',
    'regent_observation_health_state{probe="mariadb",health="ok"} 0',
    'regent_observation_health_state{probe="catalog-a",health="degraded"} 1',
    'regent_observation_health_state{probe="catalog-b",health="degraded"} 0',
    'regent_catalog_differences_count{probe="catalog-a"} 2',
    'regent_events_total{severity="critical"} 1',
    'regent_events_unjournaled_total 1',
    'regent_build_info{version="0.1.0"} 1',
    'regent_store_confirmed_age_seconds{store="regional"} 1.5',
    'regent_store_confirmed_age_seconds{store="global"} +Inf',
    'regent_election_held_state{election="leader"} 1',
    'regent_election_held_state{election="arbiter"} 0',
    'regent_keys_in_place_state{policy="fernet-keys"} 1',
    'regent_keys_generation_count{policy="fernet-keys"} 7',
    'regent_events_unshipped_count 4',
  ]) {
    t.true(lines.includes(expected), expected);
  }
  t.false(lines.some((line) => line.includes('stopped')));
  t.false(lines.some((line) => line.includes('differences_count{probe="catalog-b"}')));
});

test('every metric is regent’s own and carries its unit', async (t) => {
  const text = await createMetrics('0.1.0', () => SAMPLE).text();
  const names = [...text.matchAll(/^# TYPE (\S+) /gm)].map((match) => match[1] ?? '');
  t.true(names.length >= 10);
  for (const name of names) t.regex(name, /^regent_[a-z_]+_(seconds|bytes|total|count|state|info)$/);
});
