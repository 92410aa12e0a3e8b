package spool

import (
	"testing"

	"github.com/timeslate/timeslate/internal/leak"
)

func TestMain(m *testing.M) { leak.Main(m) }
