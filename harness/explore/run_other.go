//go:build !(linux && amd64)

package explore

import "context"

func run(context.Context, Config, *Trace) error { return ErrUnsupported }
