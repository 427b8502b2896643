// Events of many pools, made up, in place of those of the master: how long the page takes for each.
'use strict';

function makeEvent(pools, workers, all) {
  const any = (most) => Math.floor(Math.random() * most);
  const list = Array.from({ length: pools }, (_, i) => ({
    name: `p${i}`, state: 'running', standing: ['well', 'well', 'full', 'down'][any(4)], why: [`healthy: ${any(10)} of 10 busy`],
    endpoint: `unix:/s${i}`, noun: 'worker', busy: any(10), idle: any(10), workers, min: 1, max: workers, queue: any(99), queue_limit: 511,
    queue_peak: 99, accepted_1s: any(1e4), crashes: any(3), timeouts: any(3), retiring: any(2), retiring_oldest_ns: 1e9,
    p50_ns: any(1e6), p99_ns: any(1e7), board: Array.from({ length: workers }, () => '_WSRG'[any(5)]).join(''),
  }));
  return { pid: 1, name: 'many', version: '0', phase: 'running', uptime_ns: 1e12, notices: '', all, pools: list };
}

// Returns the milliseconds of the first event, and of ten more, until they are drawn.
async function measure(pools, workers) {
  const times = [];
  for (let i = 0; i <= 10; i++) {
    const event = makeEvent(pools, workers, i === 0), began = performance.now();
    take(event);
    await new Promise((resume) => requestAnimationFrame(() => setTimeout(resume)));
    times.push(Math.round(performance.now() - began));
    if (i === 0) for (const card of cards.values()) for (let s = 300; s > 0; s--) card.history.add({ at: began - 1000 * s, rate: s, p50: s, p99: 2 * s });
  }
  return times;
}

listen = () => new Promise(() => {}); // no event of the master's comes any more
