// Package browsertest opens the page in a real browser and uses it as a person
// would: filters, links, keys, dark mode, print. It is a module of its own, so
// that nothing else has to download a browser's protocol.
//
// Run it with make browser-test, which builds killpoint first. The pages are
// made of real runs, one of them with a planted bug. Without a browser the tests
// fail; ci/install-tools.sh installs one.
package browsertest
