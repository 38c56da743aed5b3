package sipprun

import (
	_ "embed"
	"encoding/json"
	"time"
)

// TrunkScript forwards calls. They may all come from one port, and go to one: without help
// the kernel gives their requests to one loop, and the responses to one. [steering] is the
// script's parameter of that name.
//
//go:embed trunk.cfg
var TrunkScript string

// within bounds waits for what comes soon.
const within = 20 * time.Second

// AwaitSteering waits until the kernel has been told how to choose among several loops, and
// returns the line of the log that says how. What comes before is not steered.
func (p *Proxy) AwaitSteering() (line string, err error) {
	line, _, err = p.Wait("steering by Call-ID", 0, within)
	return line, err
}

// A LoopList is the answer to loops:list.
type LoopList struct {
	Loops []struct {
		Received, Steered int
		HandedOver        int `json:"Handed_Over"`
	}
	Steering []struct{ By, Note string }
}

// Loops asks for it, see [Proxy.Manage].
func (p *Proxy) Loops() (list LoopList, err error) {
	text, err := p.Manage(within, "loops:list")
	if err == nil {
		err = json.Unmarshal([]byte(text), &list)
	}
	return list, err
}

// Sum returns how many messages came to all loops, and how many of them to another one first.
func (l LoopList) Sum() (received, handedOver int) {
	for _, x := range l.Loops {
		received, handedOver = received+x.Received, handedOver+x.HandedOver
	}
	return received, handedOver
}
