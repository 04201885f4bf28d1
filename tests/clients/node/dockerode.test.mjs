// dockerode: what most Node programs speak to an engine with. Run by node_test.py; DOCKER_HOST says where the engine is.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { PassThrough } from 'node:stream';
import { finished } from 'node:stream/promises';
import { after, test } from 'node:test';

const require = createRequire(process.env.CLIENTS + '/');
const Docker = require('dockerode');
const tar = require('tar-stream');

const docker = new Docker({ socketPath: process.env.DOCKER_HOST.replace('unix://', '') });
const IMAGE = 'gt/box';

after(async () => {
  for (const { Id } of await docker.listContainers({ all: true })) await docker.getContainer(Id).remove({ force: true, v: true });
});

/** All that a stream gives, as text. */
async function text(stream) {
  const parts = [];
  stream.on('data', (part) => parts.push(part));
  await finished(stream, { writable: false });
  return Buffer.concat(parts).toString();
}

/** The two streams of a multiplexed one, as texts. */
async function demuxed(stream) {
  const streams = [new PassThrough(), new PassThrough()];
  docker.modem.demuxStream(stream, ...streams);
  stream.on('end', () => streams.forEach((one) => one.end()));
  return Promise.all(streams.map(text));
}

async function started(options) {
  const container = await docker.createContainer({ Image: IMAGE, Cmd: ['sleep', '60'], ...options });
  await container.start();
  return container;
}

test('run gives what was written and how it ended', async () => {
  const out = new PassThrough();
  const heard = text(out);
  const [ended, container] = await docker.run(IMAGE, ['sh', '-c', 'echo out; exit 7'], out);
  assert.equal(ended.StatusCode, 7);
  assert.match(await heard, /^out\r?\n$/);
  await container.remove();
});

test('the output of both streams comes apart', async () => {
  const container = await docker.createContainer({ Image: IMAGE, Cmd: ['sh', '-c', 'echo one; echo two >&2'] });
  const stream = await container.attach({ stream: true, stdout: true, stderr: true });
  const both = demuxed(stream);
  await container.start();
  await container.wait();
  assert.deepEqual(await both, ['one\n', 'two\n']);
  assert.match((await container.logs({ stdout: true, stderr: true })).toString(), /one[^]*two/);
});

test('an attached program reads what is written to it', async () => {
  const container = await docker.createContainer({ Image: IMAGE, Cmd: ['cat'], OpenStdin: true, StdinOnce: true, AttachStdin: true });
  const stream = await container.attach({ stream: true, hijack: true, stdin: true, stdout: true, stderr: true });
  const both = demuxed(stream);
  await container.start();
  stream.end('words\n');
  assert.deepEqual(await both, ['words\n', '']);
  assert.equal((await container.wait()).StatusCode, 0);
});

test('exec: streams, input, exit code and failures', async () => {
  const container = await started();
  const shout = await container.exec({ Cmd: ['sh', '-c', 'tr a-z A-Z; echo no >&2; exit 3'], AttachStdin: true, AttachStdout: true, AttachStderr: true });
  const stream = await shout.start({ hijack: true, stdin: true });
  const both = demuxed(stream);
  stream.end('loud');
  assert.deepEqual(await both, ['LOUD', 'no\n']);
  assert.equal((await shout.inspect()).ExitCode, 3);
  const terminal = await container.exec({ Cmd: ['sh', '-c', 'test -t 1 && echo terminal'], Tty: true, AttachStdout: true });
  assert.equal(await text(await terminal.start({ Tty: true })), 'terminal\r\n');
  await assert.rejects(container.exec({ Cmd: [] }), { statusCode: 400 });
});

test('an archive goes in and comes out', async () => {
  const container = await started();
  const pack = tar.pack();
  pack.entry({ name: 'greeting', mode: 0o640 }, 'hello');
  pack.finalize();
  await container.putArchive(pack, { path: '/tmp' });
  const extract = tar.extract();
  const names = [];
  extract.on('entry', (header, stream, next) => { names.push([header.name, header.mode]); stream.resume(); stream.on('end', next); });
  (await container.getArchive({ path: '/tmp/greeting' })).pipe(extract);
  await finished(extract);
  assert.deepEqual(names, [['greeting', 0o640]]);
  const about = (await container.infoArchive({ path: '/tmp/greeting' })).resume();
  assert.equal(JSON.parse(Buffer.from(about.headers['x-docker-container-path-stat'], 'base64')).name, 'greeting');
  await assert.rejects(container.getArchive({ path: '/nowhere' }), { statusCode: 404 });
});

test('a build is followed to its end, and its failure told', async () => {
  const built = async (dockerfile) => {
    const pack = tar.pack();
    pack.entry({ name: 'Dockerfile' }, dockerfile);
    pack.finalize();
    const stream = await docker.buildImage(pack, { t: 'made:now' });
    return new Promise((resolve, reject) => docker.modem.followProgress(stream, (error, lines) => error ? reject(error) : resolve(lines)));
  };
  const lines = await built(`FROM ${IMAGE}\nLABEL made=here\nRUN echo step >/step\n`);
  assert.match(lines.map((line) => line.stream ?? '').join(''), /Successfully tagged made:now/);
  assert.equal((await docker.getImage('made:now').inspect()).Config.Labels.made, 'here');
  await docker.getImage('made:now').remove();
  assert.match((await built(`FROM ${IMAGE}\nRUN exit 9\n`)).at(-1).error, /returned a non-zero code: 9/);
});

test('events come as they happen, by their filter', async () => {
  const stream = await docker.getEvents({ filters: { type: ['container'], event: ['start', 'die'] } });
  const seen = [];
  const both = new Promise((resolve) => stream.on('data', (part) => {
    for (const line of part.toString().split('\n').filter(Boolean)) seen.push(JSON.parse(line).Action);
    if (seen.includes('die')) resolve();
  }));
  await (await docker.createContainer({ Image: IMAGE, Cmd: ['true'] })).start();
  await both;
  stream.destroy();
  assert.deepEqual(seen, ['start', 'die']);
});

test('networks and volumes are made, used and removed', async () => {
  const network = await docker.createNetwork({ Name: 'lan', Labels: { of: 'test' } });
  const volume = await docker.createVolume({ Name: 'kept' });
  const container = await started({ Cmd: ['sleep', '60'], HostConfig: { Binds: ['kept:/kept'] } });
  await network.connect({ Container: container.id, EndpointConfig: { Aliases: ['here'] } });
  assert.ok((await container.inspect()).NetworkSettings.Networks.lan.Aliases.includes('here'));
  assert.deepEqual(Object.keys((await network.inspect()).Containers), [container.id]);
  await assert.rejects(volume.remove(), { statusCode: 409 });
  await network.disconnect({ Container: container.id });
  await container.remove({ force: true });
  await Promise.all([network.remove(), volume.remove()]);
  assert.deepEqual((await docker.listNetworks({ filters: { label: ['of=test'] } })), []);
});

test('statistics once and as a stream', async () => {
  const container = await started();
  const once = await container.stats({ stream: false });
  assert.ok(once.memory_stats.usage > 0 && once.cpu_stats.cpu_usage.total_usage > 0 && once.networks.eth0);
  const stream = await container.stats({ stream: true });
  const [first] = await new Promise((resolve) => stream.once('data', (part) => resolve(part.toString().split('\n'))));
  stream.destroy();
  assert.equal(JSON.parse(first).id, container.id);
});

test('errors carry their status and the words of the engine', async () => {
  await assert.rejects(docker.getContainer('nobody').inspect(), { statusCode: 404, json: { message: 'No such container: nobody' } });
  await assert.rejects(docker.createContainer({ Image: 'not/there' }), { statusCode: 404 });
  const container = await started();
  await assert.rejects(container.start(), { statusCode: 304 });
  await assert.rejects(container.remove(), { statusCode: 409 });
});

test('an image goes out by save and back by load', async () => {
  await docker.getImage(IMAGE).tag({ repo: 'copy', tag: 'of' });
  const archive = await docker.getImage('copy:of').get();
  const chunks = [];
  for await (const chunk of archive) chunks.push(chunk);
  await docker.getImage('copy:of').remove();
  const answer = await docker.loadImage(new PassThrough().end(Buffer.concat(chunks)));
  assert.match(await text(answer), /Loaded image: copy:of/);
  await docker.getImage('copy:of').remove();
});
