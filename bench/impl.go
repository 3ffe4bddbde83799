package bench

import (
	"fmt"
	"os"
	"slices"
	"strings"
)

// An Impl is one way to pass messages.
type Impl struct {
	Name string
	link link
	ring bool // one of the ring's variants
	// single: both ends are in one process, and only send is used.
	single bool
	// alone: no message is passed on, so the slower end decides.
	alone         bool
	send, receive opener
	ping, echo    opener // nil if its latency is not measured
}

// An opener readies one end, in the child, and returns its work.
type opener func(*endpoint) (work, error)

// work passes the messages with ids from from to below to.
type work func(from, to uint64) error

// endpoint is what an end is made of.
type endpoint struct {
	job
	out, in   *os.File // of pipes and sockets
	histogram *latencies
	seen      uint64 // sum of words read, so that they are read
}

// impls are all implementations, in the order in which they are measured and
// shown.
var impls = []Impl{
	{Name: "ring", link: ringLink, ring: true, send: ringSend, receive: ringReceive, ping: ringPing, echo: ringEcho},
	{Name: "ring-batch", link: ringLink, ring: true, send: batchSend, receive: batchReceive},
	{Name: "ring-zerocopy", link: ringLink, ring: true, send: zeroCopySend, receive: zeroCopyReceive},
	{Name: "pipe", link: pipeLink, send: fileSend, receive: fileReceive, ping: filePing, echo: fileEcho},
	{Name: "socket", link: socketLink, send: fileSend, receive: fileReceive, ping: filePing, echo: fileEcho},
	{Name: "pipe-buffered", link: pipeLink, send: bufferedSend, receive: bufferedReceive},
	{Name: "socket-buffered", link: socketLink, send: bufferedSend, receive: bufferedReceive},
	{Name: "channel", single: true, send: channelPass, ping: channelPing},
	{Name: "memcpy", alone: true, send: ownCopyIn, receive: ownCopyOut},
	{Name: "memcpy-shared", link: areaLink, alone: true, send: sharedCopyIn, receive: sharedCopyOut},
}

// Names lists the implementations.
func Names() (names []string) {
	for _, i := range impls {
		names = append(names, i.Name)
	}
	return names
}

// Sizes are the message sizes that are measured, in bytes.
func Sizes() []int { return []int{8, 64, 256, 4096, 65536} }

func findImpl(name string) (Impl, error) {
	at := slices.IndexFunc(impls, func(i Impl) bool { return i.Name == name })
	if at < 0 {
		return Impl{}, fmt.Errorf("there is no implementation %q; there are %s", name, strings.Join(Names(), ", "))
	}
	return impls[at], nil
}
