// The module "k6/html": selections over a parsed page.
(native) => {
  'use strict';
  const registry = new FinalizationRegistry((id) => native.htmlFree(id));
  const isElement = (doc, n) => !native.htmlName(doc.id, n).startsWith('#');
  const unique = (list) => [...new Set(list)];
  const kebab = (key) => key.replace(/[A-Z]/g, (c) => '-' + c.toLowerCase());
  const camel = (key) => key.replace(/-([a-z])/g, (_, c) => c.toUpperCase());
  const typed = (text) => {
    if (text === 'true') return true;
    if (text === 'false') return false;
    if (text === 'null') return null;
    if (text === 'undefined') return undefined;
    if (text !== '' && String(Number(text)) === text) return Number(text);
    if (text.startsWith('{') || text.startsWith('[')) {
      try { return JSON.parse(text); } catch (e) { return text; }
    }
    return text;
  };

  class Element {
    #doc; #node;
    constructor(doc, node) { this.#doc = doc; this.#node = node; }
    selection() { return new Selection(this.#doc, [this.#node]); }
    nodeName() { return native.htmlName(this.#doc.id, this.#node); }
    nodeType() { const n = this.nodeName(); return n === '#text' ? 3 : n === '#comment' ? 8 : n === '#document' ? 9 : 1; }
    nodeValue() { return this.nodeType() === 3 ? this.textContent() : null; }
    textContent() { return native.htmlText(this.#doc.id, this.#node); }
    innerHTML() { return native.htmlInner(this.#doc.id, this.#node); }
    getAttribute(name) { return native.htmlAttributes(this.#doc.id, this.#node)[String(name).toLowerCase()]; }
    hasAttribute(name) { return this.getAttribute(name) !== undefined; }
    attributes() {
      const all = native.htmlAttributes(this.#doc.id, this.#node);
      return Object.fromEntries(Object.entries(all).map(([name, value]) => [name, { name, value, nodeName: () => name, nodeValue: () => value }]));
    }
    id() { return this.getAttribute('id') || ''; }
    className() { return this.getAttribute('class') || ''; }
    classList() { return this.className().split(/\s+/).filter((c) => c !== ''); }
    value() { return this.selection().val(); }
    href() { return this.getAttribute('href') || ''; }
    name() { return this.getAttribute('name') || ''; }
    #around(f) { const s = f(this.selection()); return s.size() > 0 ? s.get(0) : null; }
    parentElement() { return this.#around((s) => s.parent()); }
    parentNode() { return this.parentElement(); }
    firstElementChild() { return this.#around((s) => s.children().first()); }
    lastElementChild() { return this.#around((s) => s.children().last()); }
    nextElementSibling() { return this.#around((s) => s.next()); }
    previousElementSibling() { return this.#around((s) => s.prev()); }
    children() { return this.selection().children().get(); }
    childElementCount() { return this.selection().children().size(); }
    childNodes() { return this.selection().contents().get(); }
    hasChildNodes() { return this.childNodes().length > 0; }
    querySelector(selector) { return this.#around((s) => s.find(selector).first()); }
    querySelectorAll(selector) { return this.selection().find(selector).get(); }
    contains(other) { return this.selection().find('*').get().some((e) => e.isSameNode(other)); }
    isSameNode(other) { return other instanceof Element && other.#doc === this.#doc && other.#node === this.#node; }
    isEqualNode(other) { return other instanceof Element && other.nodeName() === this.nodeName() && other.innerHTML() === this.innerHTML(); }
    toString() { return this.nodeType() === 1 ? '<' + this.nodeName() + '>' : this.textContent(); }
  }

  class Selection {
    #doc; #nodes; #before;
    constructor(doc, nodes, before) { this.#doc = doc; this.#nodes = nodes; this.#before = before; }
    #of(nodes) { return new Selection(this.#doc, nodes, this); }
    #matches(n, selector) {
      if (selector instanceof Selection) return selector.#nodes.includes(n);
      return isElement(this.#doc, n) && native.htmlMatches(this.#doc.id, n, String(selector));
    }
    #keep(nodes, selector) { return selector === undefined ? nodes : nodes.filter((n) => this.#matches(n, selector)); }
    #parent(n) { const p = native.htmlParent(this.#doc.id, n); return p >= 0 && isElement(this.#doc, p) ? p : -1; }
    #parents(n) { const all = []; for (let p = this.#parent(n); p >= 0; p = this.#parent(p)) all.push(p); return all; }
    #elements(n) { return native.htmlChildren(this.#doc.id, n).filter((c) => isElement(this.#doc, c)); }
    #row(n) { const p = native.htmlParent(this.#doc.id, n); return p >= 0 ? this.#elements(p) : []; }
    #after(n) { const row = this.#row(n); return row.slice(row.indexOf(n) + 1); }
    #ahead(n) { const row = this.#row(n); return row.slice(0, row.indexOf(n)).reverse(); }
    #until(list, stop, filter) {
      const end = stop === undefined ? -1 : list.findIndex((n) => this.#matches(n, stop));
      return this.#keep(end < 0 ? list : list.slice(0, end), filter);
    }
    #each(f) { return this.#of(unique(this.#nodes.flatMap(f))); }
    #first() { return this.#nodes.length > 0 ? this.#nodes[0] : undefined; }

    size() { return this.#nodes.length; }
    end() { return this.#before || this.#of([]); }
    find(selector) { return this.#of(native.htmlFind(this.#doc.id, this.#nodes, String(selector))); }
    add(selector) {
      const more = selector instanceof Selection ? selector.#nodes : native.htmlFind(this.#doc.id, [0], String(selector));
      return this.#of(unique(this.#nodes.concat(more)));
    }
    eq(i) { return this.#of(this.#nodes.slice(i, i === -1 ? undefined : i + 1)); }
    first() { return this.eq(0); }
    last() { return this.eq(-1); }
    slice(from, to) { return this.#of(this.#nodes.slice(from, to)); }
    get(i) {
      const all = this.#nodes.map((n) => new Element(this.#doc, n));
      return i === undefined ? all : all.at(i);
    }
    toArray() { return this.#nodes.map((n) => this.#of([n])); }
    each(f) { this.#nodes.forEach((n, i) => f(i, new Element(this.#doc, n))); return this; }
    map(f) { return this.#nodes.map((n, i) => f(i, this.#of([n]))); }
    #filtered(by, keep) {
      const test = typeof by === 'function' ? (n, i) => !!by(i, new Element(this.#doc, n)) : (n) => this.#matches(n, by);
      return this.#of(this.#nodes.filter((n, i) => test(n, i) === keep));
    }
    filter(by) { return this.#filtered(by, true); }
    not(by) { return this.#filtered(by, false); }
    is(by) { return this.filter(by).size() > 0; }
    has(selector) {
      return this.#of(this.#nodes.filter((n) => native.htmlFind(this.#doc.id, [n], String(selector)).length > 0));
    }
    contents() { return this.#each((n) => native.htmlChildren(this.#doc.id, n)); }
    children(selector) { return this.#each((n) => this.#keep(this.#elements(n), selector)); }
    parent(selector) { return this.#each((n) => this.#keep([this.#parent(n)].filter((p) => p >= 0), selector)); }
    parents(selector) { return this.#each((n) => this.#keep(this.#parents(n), selector)); }
    parentsUntil(stop, filter) { return this.#each((n) => this.#until(this.#parents(n), stop, filter)); }
    closest(selector) { return this.#each((n) => this.#keep([n].concat(this.#parents(n)), selector).slice(0, 1)); }
    next(selector) { return this.#each((n) => this.#keep(this.#after(n).slice(0, 1), selector)); }
    nextAll(selector) { return this.#each((n) => this.#keep(this.#after(n), selector)); }
    nextUntil(stop, filter) { return this.#each((n) => this.#until(this.#after(n), stop, filter)); }
    prev(selector) { return this.#each((n) => this.#keep(this.#ahead(n).slice(0, 1), selector)); }
    prevAll(selector) { return this.#each((n) => this.#keep(this.#ahead(n), selector)); }
    prevUntil(stop, filter) { return this.#each((n) => this.#until(this.#ahead(n), stop, filter)); }
    siblings(selector) { return this.#each((n) => this.#keep(this.#row(n).filter((s) => s !== n), selector)); }
    index(selector) {
      const n = this.#first();
      if (n === undefined) return -1;
      if (selector === undefined) return this.#row(n).indexOf(n);
      if (selector instanceof Selection) return this.#nodes.indexOf(selector.#first());
      return native.htmlFind(this.#doc.id, [0], String(selector)).indexOf(n);
    }
    text() { return this.#nodes.map((n) => native.htmlText(this.#doc.id, n)).join(''); }
    html() { const n = this.#first(); return n === undefined ? undefined : native.htmlInner(this.#doc.id, n); }
    attr(name, fallback) {
      const n = this.#first();
      const value = n === undefined ? undefined : native.htmlAttributes(this.#doc.id, n)[String(name).toLowerCase()];
      return value === undefined ? fallback : value;
    }
    data(key) {
      const n = this.#first();
      const all = n === undefined ? {} : native.htmlAttributes(this.#doc.id, n);
      if (key !== undefined) {
        const value = all['data-' + kebab(String(key))];
        return value === undefined ? undefined : typed(value);
      }
      const out = {};
      for (const [name, value] of Object.entries(all)) if (name.startsWith('data-')) out[camel(name.slice(5))] = typed(value);
      return out;
    }
    val() {
      const n = this.#first();
      if (n === undefined) return undefined;
      const own = this.eq(0);
      const option = (o) => { const v = o.attr('value'); return v === undefined ? o.text() : v; };
      switch (native.htmlName(this.#doc.id, n)) {
        case 'option': return option(own);
        case 'textarea': return own.text();
        case 'select': {
          const chosen = own.find('option[selected]').toArray().map(option);
          return own.attr('multiple') === undefined ? chosen[0] : chosen;
        }
        default: return own.attr('value');
      }
    }
    serializeArray() {
      const fields = 'input,select,textarea,keygen';
      const out = [];
      for (const n of unique(this.#keep(this.#nodes, fields).concat(native.htmlFind(this.#doc.id, this.#nodes, fields)))) {
        const field = this.#of([n]);
        const type = (field.attr('type') || '').toLowerCase();
        if (!field.attr('name') || field.attr('disabled') !== undefined) continue;
        if (['submit', 'button', 'image', 'reset', 'file'].includes(type)) continue;
        // A bare "checked" counts as unchecked here, as it does in the replaced runner.
        if ((type === 'checkbox' || type === 'radio') && !field.attr('checked')) continue;
        const value = field.val();
        for (const one of Array.isArray(value) ? value : [value]) out.push({ name: field.attr('name'), value: one === undefined ? '' : one });
      }
      return out;
    }
    serializeObject() {
      const out = {};
      for (const { name, value } of this.serializeArray()) out[name] = name in out ? [].concat(out[name], value) : value;
      return out;
    }
    serialize() {
      const out = {};
      for (const { name, value } of this.serializeArray()) (out[name] = out[name] || []).push(value);
      return native.formEncode(out);
    }
  }

  const parseHTML = (text) => {
    const doc = { id: native.htmlParse(String(text)) };
    registry.register(doc, doc.id);
    return new Selection(doc, [0]);
  };
  return { parseHTML };
}
