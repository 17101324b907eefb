// The module "k6/http": requests as the script writes them; the work is native.
(native, glue) => {
  'use strict';
  const json = function (selector) {
    if (selector === undefined) return native.parseBody(this.body);
    const found = native.select(this.body, String(selector));
    return found === undefined ? undefined : JSON.parse(found);
  };
  const html = function (selector) {
    const page = glue.exportsOf('k6/html').parseHTML(typeof this.body === 'string' ? this.body : native.bodyText(this.body), this.url);
    return selector === undefined ? page : page.find(String(selector));
  };
  const clickLink = function (options = {}) {
    const link = this.html(options.selector || 'a[href]').first();
    const href = link.attr('href');
    if (href === undefined) throw new Error('no element found for selector \'' + (options.selector || 'a[href]') + '\' in response \'' + this.url + '\'');
    return request('GET', native.joinUrl(this.url, href), null, options.params);
  };
  const submitForm = function (options = {}) {
    const selector = options.formSelector || 'form';
    const form = this.html(selector);
    if (form.size() === 0) throw new Error('no form found for selector \'' + selector + '\' in response \'' + this.url + '\'');
    const method = (form.attr('method') || 'get').toUpperCase();
    const values = {};
    for (const field of form.serializeArray()) (values[field.name] = values[field.name] || []).push(field.value);
    const button = form.find(options.submitSelector || '[type="submit"]').first();
    if (button.size() > 0 && button.attr('name')) values[button.attr('name')] = [button.attr('value') || ''];
    for (const [name, value] of Object.entries(options.fields || {})) values[name] = [String(value)];
    const url = native.joinUrl(this.url, form.attr('action') || '');
    if (method !== 'GET') return request(method, url, values, options.params);
    const query = native.formEncode(values);
    return request('GET', url.split('#')[0].split('?')[0] + (query ? '?' + query : ''), null, options.params);
  };
  const finish = (r) => {
    r.json = json;
    r.html = html;
    r.submitForm = submitForm;
    r.clickLink = clickLink;
    return r;
  };

  const request = (method, url, body, params) => finish(native.request(String(method), url, body, params));
  const asyncRequest = (method, url, body, params) => glue.promised((id) => native.requestLater(id, String(method), url, body, params)).then(finish);
  const bodied = (method) => (url, body, params) => request(method, url, body, params);
  const get = (url, params) => request('GET', url, null, params);
  const head = (url, params) => request('HEAD', url, null, params);
  const one = (entry) => {
    if (typeof entry === 'string' || (entry && entry.__template)) return ['GET', entry, null, null];
    if (Array.isArray(entry)) return [String(entry[0]), entry[1], entry[2], entry[3]];
    if (entry === null || typeof entry !== 'object') throw new Error('invalid http.batch() argument type ' + typeof entry);
    return [entry.method === undefined ? 'GET' : String(entry.method), entry.url, entry.body, entry.params];
  };
  const batch = (entries) => {
    if (entries === null || typeof entries !== 'object') throw new Error('invalid http.batch() argument type ' + typeof entries);
    const keys = Object.keys(entries);
    const responses = native.batch(keys.map((k) => one(entries[k])));
    if (Array.isArray(entries)) return responses.map(finish);
    const out = {};
    keys.forEach((k, i) => { out[k] = finish(responses[i]); });
    return out;
  };
  const url = (parts, ...values) => {
    if (!Array.isArray(parts)) return { __template: true, url: String(parts), name: String(parts) };
    let full = parts[0];
    let name = parts[0];
    values.forEach((v, i) => { full += String(v) + parts[i + 1]; name += '${}' + parts[i + 1]; });
    return { __template: true, url: full, name };
  };
  const file = (data, filename, contentType) => ({
    data,
    filename: filename === undefined ? native.nanos() : String(filename),
    content_type: contentType === undefined ? 'application/octet-stream' : String(contentType),
  });

  class CookieJar {
    constructor() { Object.defineProperty(this, '__jar', { value: native.makeJar() }); }
    set(u, name, value, options = {}) { return native.jarSet(this.__jar, String(u), String(name), String(value), options || {}); }
    cookiesForURL(u) { return native.jarCookies(this.__jar, String(u)); }
    clear(u) { native.jarClear(this.__jar, String(u)); }
    delete(u, name) { native.jarDelete(this.__jar, String(u), String(name)); }
  }
  const cookieJar = () => {
    const jar = Object.create(CookieJar.prototype);
    Object.defineProperty(jar, '__jar', { value: -1 });
    return jar;
  };
  const expectedStatuses = (...statuses) => {
    if (statuses.length === 0) throw new Error('no arguments');
    return { __expected: statuses.map((s) => {
      if (Number.isInteger(s)) return [s, s];
      if (s && Number.isInteger(s.min) && Number.isInteger(s.max)) return [s.min, s.max];
      throw new Error('argument to expectedStatuses is neither an integer nor an object like {min:100, max:329}');
    }) };
  };
  const setResponseCallback = (callback) => {
    if (callback !== null && !(callback && callback.__expected)) throw new Error('unsupported argument, expected http.expectedStatuses');
    native.setExpected(callback === null ? null : callback.__expected);
  };
  const versions = { TLS_1_0: 'tls1.0', TLS_1_1: 'tls1.1', TLS_1_2: 'tls1.2', TLS_1_3: 'tls1.3', SSL_3_0: 'ssl3.0', OCSP_STATUS_GOOD: 'good', OCSP_STATUS_REVOKED: 'revoked', OCSP_STATUS_UNKNOWN: 'unknown' };
  const del = bodied('DELETE');
  return {
    ...versions, get, head, post: bodied('POST'), put: bodied('PUT'), patch: bodied('PATCH'), del, options: bodied('OPTIONS'),
    request, asyncRequest, batch, url, file, cookieJar, CookieJar, expectedStatuses, setResponseCallback,
  };
}
