package main

import (
	"context"
	"errors"

	"github.com/urfave/cli/v3"
)

func replay(ctx context.Context, cmd *cli.Command, folder string) error {
	return errors.New("not yet")
}
