// Plain JavaScript on purpose: it has to run on whatever Node is found, and say what to do about it.
const [major] = process.versions.node.split('.').map(Number)
if (major < 24) {
  console.error(
    `postern: this is Node ${process.versions.node} (${process.execPath}); the project runs on Node 24, the Lambda runtime.\n` +
      '  npm installs that Node as a devDependency and puts it first on the path of its scripts. It is missing here,\n' +
      '  most likely because install scripts were off. Mend: npm ci --ignore-scripts=false, or install Node 24 yourself.',
  )
  process.exit(1)
}
