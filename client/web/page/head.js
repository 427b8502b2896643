// What is above the cards: how all pools stand, what needs attention, and since when there is no news.

let news = 0; // when the last event came, by performance.now(); 0: none has

function clock(at) {
  return new Date(at).toLocaleTimeString();
}

function announce(lines) {
  if (lines.length > 3) say($('changes'), `${lines.length} pools have changed. ${$('summary').textContent}`);
  else if (lines.length > 0) say($('changes'), lines.join('. '));
}

function showAlarms(cards) {
  const gravity = Object.keys(STANDINGS), bad = cards.filter((card) => card.pool.standing !== 'well');
  bad.sort((a, b) => gravity.indexOf(b.pool.standing) - gravity.indexOf(a.pool.standing));
  const items = bad.slice(0, 20).map((card) => {
    const link = make('a', '', `${card.name}: ${STANDINGS[card.pool.standing]?.[1]}`);
    link.href = `#pool-${card.name}`;
    return make('li', '', link);
  });
  const text = bad.slice(0, 20).map((card) => card.name + card.pool.standing).join(' ') + bad.length;
  $('alarms').hidden = bad.length === 0 || cards.length < 5;
  if ($('alarms').shown === text) return;
  $('alarms').shown = text;
  if (bad.length > 20) items.push(make('li', '', `and ${bad.length - 20} more`));
  $('alarm-list').replaceChildren(...items);
}

function showSummary(cards) {
  const total = cards.length, bad = cards.filter((card) => card.pool.standing !== 'well').length;
  const what = total === 0 ? 'No pool' : bad === 0 ? (total === 1 ? 'The pool is serving' : `All ${total} pools are serving`)
    : `${bad} of ${count(total, 'pool', 'pools')} ${bad === 1 ? 'needs' : 'need'} attention`;
  say($('summary'), (bad === 0 ? '✓ ' : '! ') + what);
  document.title = `${bad === 0 ? '' : `(${bad}) `}preforkd`;
}

function showMaster(event) {
  say($('master'), `${event.name ? `${event.name}: ` : ''}version ${event.version}, process ${event.pid}, ${event.phase} for ${span(event.uptime_ns)}`);
  $('notices').hidden = !event.notices;
  say($('notices'), (event.notices ?? '').trim());
}

// Say since when what is shown is old, and why.
function showStale(reason) {
  const age = performance.now() - news, isStale = news === 0 || age > 3000, at = clock(Date.now() - age);
  document.body.classList.toggle('is-stale', isStale && news > 0);
  $('stale').hidden = !isStale || (news === 0 && !reason);
  if (!isStale) return;
  const since = news === 0 ? 'No answer yet' : `No news since ${at}, ${span(age * 1e6)} ago`;
  say($('stale'), `${since}. Trying again each second${reason ? `: ${reason}` : ''}`);
  if (news > 0) {
    say($('summary'), `? Unknown since ${at}`);
    document.title = '(?) preforkd';
  }
}
