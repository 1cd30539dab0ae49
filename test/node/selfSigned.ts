import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A key, and the certificate that it has signed itself. */
export interface SelfSigned {
  readonly key: string;
  readonly cert: string;
}

/** A certificate for a server on loopback by its address, that nobody vouches for; a day old at most. */
export const selfSigned = (): SelfSigned => {
  const folder = mkdtempSync(join(tmpdir(), 'certificate-'));
  try {
    const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
    const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
    const subject = ['-days', '1', '-subj', '/CN=loopback', '-addext', 'subjectAltName=IP:127.0.0.1'];
    execFileSync('openssl', ['req', '-x509', ...curve, ...subject, '-keyout', key, '-out', cert], { stdio: 'ignore' });
    return { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') };
  } finally {
    rmSync(folder, { recursive: true });
  }
};

const isCi = (): boolean => !['', '0', 'false'].includes(process.env['CI'] ?? '');

/** A `describe` whose tests have OpenSSL. Where there is none they are skipped, and it is said how to install it; in CI they fail. */
export const describeWithOpenSsl = (title: string, suite: () => void): void => {
  if (spawnSync('openssl', ['version']).status === 0 || isCi()) {
    describe(title, suite);
    return;
  }
  console.warn(`Skipped: ${title}. There is no openssl here: sudo apt-get install openssl`);
  describe.skip(title, suite);
};
