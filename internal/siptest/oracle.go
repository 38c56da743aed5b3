package siptest

import (
	"fmt"
	"net/netip"

	"github.com/emiago/sipgo/sip"

	"github.com/fastsips/fastsips/internal/scenario"
)

// A Message is what an [Endpoint] received. One that sipgo's parser refuses is none,
// and Err says why.
type Message = scenario.Message

func parseMessage(b []byte, from netip.AddrPort) *Message {
	m := scenario.ParseMessage(b, from)
	if err := askSipgo(b); err != nil {
		m.Err = err
	}
	return m
}

// askSipgo is what a parser that shares no code with ours says of a message.
func askSipgo(b []byte) error {
	if _, err := sip.ParseMessage(b); err != nil {
		return fmt.Errorf("sipgo: %w", err)
	}
	return nil
}
