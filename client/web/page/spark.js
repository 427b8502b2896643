// The last five minutes of a pool, and lines drawn of them.

const MINUTES = 300; // samples, one a second

class History {
  constructor() {
    this.samples = [];
  }

  add(sample) {
    this.samples.push(sample);
    if (this.samples.length > MINUTES) this.samples.shift();
  }

  // The largest value of these members.
  most(...names) {
    let most = 0;
    for (const sample of this.samples) for (const name of names) if (sample[name] > most) most = sample[name];
    return most;
  }

  // A path of one member, in a box of MINUTES times 100. Where nothing is known there is a gap.
  path(name, most, now) {
    let text = '', before = -Infinity, last = '';
    for (const sample of this.samples) {
      const value = sample[name];
      if (value === null) continue;
      const x = (MINUTES - (now - sample.at) / 1000).toFixed(1), y = (97 - 94 * value / (most || 1)).toFixed(1);
      if (sample.at - before > 3500) text += (last && `h1`) + `M${x} ${y}`;
      else text += `L${x} ${y}`;
      before = sample.at;
      last = x;
    }
    return text && text + 'h1';
  }
}

function makeSvg(text, lines) {
  const space = 'http://www.w3.org/2000/svg', svg = document.createElementNS(space, 'svg');
  svg.setAttribute('viewBox', `0 0 ${MINUTES} 100`);
  svg.setAttribute('preserveAspectRatio', 'none');
  svg.setAttribute('role', 'img');
  label(svg, text);
  svg.lines = lines.map((name) => {
    const path = document.createElementNS(space, 'path');
    path.setAttribute('class', name);
    svg.append(path);
    return path;
  });
  return svg;
}
