// Asks the target and checks the answer: a small k6 script of the end-to-end test.
import http from 'k6/http';
import { check, sleep } from 'k6';

export const options = { vus: 2, duration: '3s', thresholds: { checks: ['rate==1.0'] } };

export default function () {
  const answer = http.get(__ENV.TARGET);
  check(answer, { 'is 200': (r) => r.status === 200 });
  sleep(0.1);
}
