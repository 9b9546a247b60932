// Bundles the program, and compiles it to Hermes's bytecode, after React Native's own preset, as a release of an app does.
const { execFileSync } = require('node:child_process');
const { writeFileSync } = require('node:fs');
const { dirname, join } = require('node:path');
const { transformFileSync } = require('@babel/core');
const { buildSync } = require('esbuild');

buildSync({
  entryPoints: ['program.js'],
  outfile: 'bundle.js',
  bundle: true,
  format: 'iife',
  globalName: 'program',
  conditions: ['react-native'],
});
const preset = [require.resolve('@react-native/babel-preset'), { enableBabelRuntime: false }];
const { code } = transformFileSync('bundle.js', { presets: [preset], compact: false, sourceType: 'script' });
writeFileSync('transformed.js', code);
const folders = { darwin: 'osx-bin', linux: 'linux64-bin', win32: 'win64-bin' };
const compilers = join(dirname(require.resolve('hermes-compiler/package.json')), 'hermesc');
const compiler = join(compilers, folders[process.platform], 'hermesc');
execFileSync(compiler, ['-w', '-O', '-emit-binary', '-out', 'bundle.hbc', 'transformed.js']);
