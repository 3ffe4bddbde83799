package soak

import (
	"errors"
	"fmt"
)

// errCertain is matched by what is wrong for certain. Whatever else ends a round
// shows nothing.
var errCertain = errors.New("not as documented")

func certain(format string, args ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{errCertain}, args...)...)
}
