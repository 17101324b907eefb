// The globals of every VU and the glue between the event loop and the script. `native` holds the host's functions.
(function (native) {
  'use strict';
  const global = globalThis;
  const callbacks = new Map();
  const library = new Map();
  const files = new Map();

  // --- modules
  const builtin = (name) => {
    if (!library.has(name)) library.set(name, native.library(name)(native, glue));
    return library.get(name);
  };
  const requireFrom = (base) => (name) => require(base, name);
  const require = (base, name) => {
    const resolved = native.resolve(base, name);
    if (resolved === 'k6' || resolved.startsWith('k6/')) return builtin(resolved);
    if (!files.has(resolved)) {
      const module = { exports: {} };
      files.set(resolved, module);
      try {
        module.exports = native.requireFile(resolved, module, requireFrom(resolved));
      } catch (e) {
        files.delete(resolved);
        throw e;
      }
    }
    return files.get(resolved).exports;
  };
  const exportsOf = (name) => (name === 'k6' || name.startsWith('k6/') ? builtin(name) : require(name, name));

  // The module whose code asks: the first file of the stack.
  const caller = () => {
    const found = /(file:\/\/[^\n]*?):\d+:\d+\)?(\n|$)/.exec(new Error().stack);
    return found ? found[1] : native.main;
  };

  // --- timers and completions
  const later = (id, callback) => {
    callbacks.set(id, callback);
    return id;
  };
  const fire = (id, value) => {
    const callback = callbacks.get(id);
    if (callback) callback(value);
  };
  const delay = (ms) => (Number(ms) > 0 ? Number(ms) : 0);
  const needFunction = (f, name) => {
    if (typeof f !== 'function') throw new TypeError(name + '()\'s first argument must be a function');
  };
  const setTimeout = (f, ms, ...args) => {
    needFunction(f, 'setTimeout');
    const id = native.timer(delay(ms));
    return later(id, () => { callbacks.delete(id); f(...args); });
  };
  const setInterval = (f, ms, ...args) => {
    needFunction(f, 'setInterval');
    const first = native.timer(delay(ms));
    const entry = { now: first };
    const tick = () => {
      callbacks.delete(entry.now);
      entry.now = native.timer(Math.max(1, delay(ms)));
      later(entry.now, tick);
      f(...args);
    };
    intervals.set(first, entry);
    return later(first, tick);
  };
  const intervals = new Map();
  const clearTimeout = (id) => {
    if (id === undefined || id === null) return;
    const entry = intervals.get(id);
    const now = entry ? entry.now : id;
    intervals.delete(id);
    callbacks.delete(now);
    native.clearTimer(now);
  };
  const promised = (start) => new Promise((resolve, reject) => {
    const id = native.number();
    later(id, (value) => {
      callbacks.delete(id);
      if (value && value.__rejected !== undefined) reject(value.__rejected);
      else resolve(value);
    });
    try { start(id); } catch (e) { callbacks.delete(id); reject(e); }
  });

  // --- console
  const inner = (v, seen) => {
    if (typeof v === 'string') return JSON.stringify(v);
    if (typeof v === 'number' && Object.is(v, -0)) return '0';
    if (typeof v === 'function') return '[object Function]';
    if (v === null || typeof v !== 'object') return String(v);
    if (v instanceof Error) return v.stack ? String(v) + '\n' + v.stack : String(v);
    if (seen.includes(v)) return '[Circular]';
    const next = seen.concat([v]);
    if (Array.isArray(v)) return v.length ? '[ ' + v.map((x) => inner(x, next)).join(', ') + ' ]' : '[]';
    if (v instanceof Date) return JSON.stringify(v);
    if (v instanceof ArrayBuffer) return 'ArrayBuffer { byteLength: ' + v.byteLength + ' }';
    if (ArrayBuffer.isView(v)) return v.constructor.name + '(' + v.length + ') [ ' + Array.from(v).join(', ') + ' ]';
    if (v instanceof Map) return 'Map(' + v.size + ') { ' + [...v].map(([k, x]) => inner(k, next) + ' => ' + inner(x, next)).join(', ') + ' }';
    if (v instanceof Set) return 'Set(' + v.size + ') { ' + [...v].map((x) => inner(x, next)).join(', ') + ' }';
    const keys = Object.keys(v).filter((k) => typeof v[k] !== 'function' || true);
    return keys.length ? '{ ' + keys.map((k) => k + ': ' + inner(v[k], next)).join(', ') + ' }' : '{}';
  };
  const shown = (v) => (typeof v === 'string' ? v : inner(v, []));
  const level = (name) => (...args) => native.log(name, args.map(shown).join(' '));
  const console = { log: level('info'), info: level('info'), debug: level('debug'), warn: level('warning'), error: level('error') };
  console.table = console.log;

  // --- text
  class TextEncoder {
    get encoding() { return 'utf-8'; }
    encode(text = '') { return new Uint8Array(native.utf8Encode(String(text))); }
  }
  class TextDecoder {
    constructor(label = 'utf-8', options = {}) {
      const name = String(label).trim().toLowerCase();
      if (!['utf-8', 'utf8', 'unicode-1-1-utf-8'].includes(name)) throw new RangeError('The encoding label "' + label + '" is not supported');
      this.encoding = 'utf-8';
      this.fatal = !!options.fatal;
      this.ignoreBOM = !!options.ignoreBOM;
    }
    decode(bytes) {
      if (bytes === undefined) return '';
      const text = native.utf8Decode(bytes, this.fatal);
      return !this.ignoreBOM && text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
    }
  }

  // --- hooks: what setup() returns travels as Go's JSON, what handleSummary() returns as files
  const date = (d) => d.toISOString().replace(/\.?0*Z$/, 'Z');
  const plain = (v) => {
    if (v === undefined || v === null) return null;
    if (typeof v === 'function' || typeof v === 'symbol') throw new Error('error marshaling setup() data to JSON: unsupported type: ' + typeof v);
    if (typeof v === 'bigint') return Number(v);
    if (typeof v === 'number') {
      if (!Number.isFinite(v)) throw new Error('error marshaling setup() data to JSON: unsupported value: ' + v);
      return v;
    }
    if (typeof v !== 'object') return v;
    if (v instanceof Date) return date(v);
    if (typeof v.toJSON === 'function') return plain(v.toJSON());
    if (Array.isArray(v)) return v.map(plain);
    const out = {};
    for (const k of Object.keys(v)) out[k] = plain(v[k]);
    return out;
  };
  // Lists inside of setup data keep their length, as they do where they are slices of Go: who makes one longer or shorter
  // has a list of his own, and the next look at the data finds the old one. Changed elements stay changed.
  const view = (list) => {
    let own = null;
    const now = () => own || list;
    const resizes = (key, value) => (key === 'length' ? value !== now().length : typeof key === 'string' && /^\d+$/.test(key) && Number(key) >= now().length);
    return new Proxy(list, {
      get: (_, key) => now()[key],
      has: (_, key) => key in now(),
      set: (_, key, value) => {
        if (own === null && resizes(key, value)) own = list.slice();
        now()[key] = value;
        return true;
      },
      deleteProperty: (_, key) => {
        if (own === null) own = list.slice();
        return delete now()[key];
      },
      ownKeys: () => Reflect.ownKeys(now()),
      getOwnPropertyDescriptor: (_, key) => Object.getOwnPropertyDescriptor(now(), key),
    });
  };
  const fixed = (v) => {
    if (v === null || typeof v !== 'object') return v;
    for (const key of Object.keys(v)) {
      const inner = fixed(v[key]);
      if (!Array.isArray(inner)) continue;
      let list = inner;
      Object.defineProperty(v, key, { enumerable: true, configurable: true, get: () => view(list), set: (x) => { list = x; } });
    }
    return v;
  };
  const setupData = (json) => fixed(JSON.parse(json));
  const setupResult = (v) => (v === undefined ? undefined : JSON.stringify(plain(v)));
  const summaryResult = (v) => {
    if (v === null || v === undefined) return '{}';
    if (typeof v !== 'object' || Array.isArray(v)) throw new Error('handleSummary() should return a map with string keys');
    const out = {};
    for (const k of Object.keys(v)) {
      const bytes = typeof v[k] === 'string' ? v[k] : v[k] instanceof ArrayBuffer || ArrayBuffer.isView(v[k]) ? v[k] : null;
      if (bytes === null) throw new Error('error handling summary object ' + k + ': expected a string or an ArrayBuffer');
      out[k] = native.base64Encode(bytes, 'std');
    }
    return JSON.stringify(out);
  };

  const glue = { require, exportsOf, fire, later, promised, shown, setupData, setupResult, summaryResult, forget: (id) => callbacks.delete(id) };

  for (const name of ['queueMicrotask', 'performance', 'navigator', 'btoa', 'atob', 'structuredClone', 'gc', 'print', 'scriptArgs', 'DOMException', 'WebAssembly']) delete global[name];
  const define = (values) => {
    for (const [name, value] of Object.entries(values)) Object.defineProperty(global, name, { value, writable: true, configurable: true, enumerable: false });
  };
  define({
    console, setTimeout, setInterval, clearTimeout, clearInterval: clearTimeout, TextEncoder, TextDecoder,
    global, __VU: native.vu, __ENV: native.env(),
    require: (name) => require(caller(), name),
    open: (path, mode) => native.open(caller(), String(path === undefined || path === null ? '' : path), mode === 'b'),
    crypto: {
      getRandomValues: (view) => {
        new Uint8Array(view.buffer, view.byteOffset, view.byteLength).set(new Uint8Array(native.randomBytes(view.byteLength)));
        return view;
      },
      randomUUID: () => {
        const b = new Uint8Array(native.randomBytes(16));
        b[6] = (b[6] & 15) | 64;
        b[8] = (b[8] & 63) | 128;
        const h = Array.from(b, (x) => x.toString(16).padStart(2, '0')).join('');
        return h.slice(0, 8) + '-' + h.slice(8, 12) + '-' + h.slice(12, 16) + '-' + h.slice(16, 20) + '-' + h.slice(20);
      },
    },
  });
  return glue;
})
