// server.js FOLDER PORT BUCKET...: s3rver behind a door that looks at signatures, which it does not do itself.
//
// AWS Signature Version 4, "Create a signed request": the signature, the digest of the body, and the clock must
// be right, else 403 as S3 says it. Written from the document, apart from what the client under test uses.
'use strict';
const crypto = require('crypto'), fs = require('fs'), http = require('http'), path = require('path');
const S3rver = require(path.resolve('build/s3/node_modules/s3rver'));
const [folder, port, ...buckets] = process.argv.slice(2);
const SECRETS = { S3RVER: 'S3RVER' }, CLOCK_MS = 15 * 60 * 1000;
const sha256 = (data) => crypto.createHash('sha256').update(data).digest('hex');
const hmac = (key, data) => crypto.createHmac('sha256', key).update(data).digest();
const encode = (s) => encodeURIComponent(s).replace(/[!'()*]/g, (c) => '%' + c.charCodeAt(0).toString(16).toUpperCase());

function canonicalQuery(query) {
	return [...new URLSearchParams(query)].map(([k, v]) => encode(k) + '=' + encode(v)).sort().join('&');
}

// null, or what is wrong.
function wrong(req, body) {
	const form = /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/s3\/aws4_request, *SignedHeaders=([^,]+), *Signature=([0-9a-f]{64})$/;
	const m = form.exec(req.headers.authorization || ''), date = req.headers['x-amz-date'] || '';
	if (!m || !SECRETS[m[1]]) return 'AccessDenied';
	const [, access, day, region, names, signature] = m, [file, query = ''] = req.url.split('?');
	const then = Date.parse(date.replace(/^(....)(..)(..)T(..)(..)(..)Z$/, '$1-$2-$3T$4:$5:$6Z'));
	if (!date.startsWith(day) || !(Math.abs(Date.now() - then) < CLOCK_MS)) return 'RequestTimeTooSkewed';
	if (req.headers['x-amz-content-sha256'] !== sha256(body)) return 'XAmzContentSHA256Mismatch';
	for (const must of ['host', 'x-amz-date', 'x-amz-content-sha256'])
		if (!names.split(';').includes(must)) return 'AccessDenied';
	const request = [req.method, file, canonicalQuery(query),
		...names.split(';').map((n) => n + ':' + (req.headers[n] || '').trim().replace(/ +/g, ' ')), '', names, sha256(body)];
	const text = ['AWS4-HMAC-SHA256', date, [day, region, 's3', 'aws4_request'].join('/'), sha256(request.join('\n'))];
	const key = [day, region, 's3', 'aws4_request'].reduce(hmac, 'AWS4' + SECRETS[access]);
	return hmac(key, text.join('\n')).toString('hex') === signature ? null : 'SignatureDoesNotMatch';
}

fs.mkdirSync(folder, { recursive: true });
const store = new S3rver({ port: 0, address: '127.0.0.1', silent: true, vhostBuckets: false, directory: folder,
	configureBuckets: buckets.map((name) => ({ name })) });
store.run().then(({ port: inner }) => {
	const door = http.createServer((req, res) => {
		const pieces = [];
		req.on('data', (piece) => pieces.push(piece)).on('end', () => {
			const body = Buffer.concat(pieces), error = wrong(req, body);
			if (error) {
				res.writeHead(403, { 'Content-Type': 'application/xml' });
				res.end('<Error><Code>' + error + '</Code></Error>');
				return;
			}
			http.request({ port: inner, host: '127.0.0.1', method: req.method, path: req.url, headers: req.headers }, (got) => {
				res.writeHead(got.statusCode, got.headers);
				got.pipe(res);
			}).on('error', () => res.destroy()).end(body);
		});
	});
	door.keepAliveTimeout = 500;
	door.listen(Number(port), '127.0.0.1');
});
