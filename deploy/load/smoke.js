// A small load on Oriel itself: what `npm run test:load` runs. TARGET names another server.
import http from 'k6/http';
import { check, sleep } from 'k6';

export const options = {
  vus: 5,
  duration: '15s',
  thresholds: { http_req_failed: ['rate<0.01'], http_req_duration: ['p(95)<500'] },
};

const target = __ENV.TARGET || 'http://127.0.0.1:9091';

export default function () {
  const answer = http.get(`${target}/api/v1/query?query=up`);
  check(answer, { 'is 200': (r) => r.status === 200 });
  sleep(0.2);
}
