package core

import "github.com/fastsips/fastsips/script"

func sdpVars() []*script.Var { return nil }
