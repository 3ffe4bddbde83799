// Command victim is the log in the hands of the harness. With a record as its
// argument it appends that, for explore to follow.
package main

import (
	"log"
	"os"

	"killpoint/examples/wal"
	"killpoint/harness/agent"
	"killpoint/harness/explore/victim"
)

func main() {
	records, err := wal.Open(os.Getenv("WAL"))
	if err != nil {
		log.Fatal(err)
	}
	if len(os.Args) == 2 {
		victim.Operation(func() { err = records.Append(os.Args[1]) })
		if err != nil {
			log.Fatal(err)
		}
		return
	}
	ops := agent.Ops{
		"append":  agent.Func(func(record string) (any, error) { return nil, records.Append(record) }),
		"records": agent.Func(func(struct{}) (any, error) { return records.Records(), nil }),
	}
	agent.Main(agent.Program{Name: "wal", Markers: markers(), Roles: map[string]agent.NewRole{"log": ops.Role}})
}

// markers are plain function calls, unless the build has failpoints.
var markers = func() agent.Markers {
	hooks := agent.NewHooks(wal.Sites...)
	wal.Mark = hooks.Pass
	return hooks
}
