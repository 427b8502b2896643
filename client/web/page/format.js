'use strict';
// Texts of numbers and times, and the elements that have them. Text goes in by textContent alone: what a peer has sent is never HTML.

const $ = (id) => document.getElementById(id);

// Make an element with a class and children, texts or elements.
function make(tag, name, ...children) {
  const element = document.createElement(tag);
  if (name) element.className = name;
  element.append(...children);
  return element;
}

// Set a text, if it is another one: an element that is left alone costs nothing.
function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

function label(element, text) {
  if (element.getAttribute('aria-label') !== text) element.setAttribute('aria-label', text);
}

function count(number, one, many) {
  return number === null ? `unknown ${many}` : `${number} ${number === 1 ? one : many}`;
}

function short(number) {
  if (number === null) return '–';
  if (number < 10000) return String(Math.round(number));
  return number < 1e6 ? (number / 1e3).toFixed(1) + 'k' : (number / 1e6).toFixed(1) + 'M';
}

// How long so many nanoseconds are, in the unit that fits.
function span(ns) {
  if (ns === null || ns < 0) return '–';
  for (const [unit, size] of [['µs', 1e3], ['ms', 1e6], ['s', 1e9]]) {
    const value = ns / size;
    if (value < 999.5 && (unit !== 's' || value < 60)) return `${value < 10 ? value.toFixed(1) : Math.round(value)} ${unit}`;
  }
  const seconds = Math.floor(ns / 1e9), parts = [[seconds / 86400, 'd'], [(seconds / 3600) % 24, 'h'], [(seconds / 60) % 60, 'm'], [seconds % 60, 's']];
  const first = parts.findIndex((part) => part[0] >= 1);
  return parts.slice(first, first + 2).map((part) => `${Math.floor(part[0])} ${part[1]}`).join(' ');
}
