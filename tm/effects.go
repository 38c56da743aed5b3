package tm

import "time"

// An Output is what the transaction user is asked to put on the wire.
type Output uint8

// The outputs.
const (
	Nothing  Output = iota
	Request         // send the request again
	Response        // send the last response again
	Ack             // send the ACK to this non-2xx, hop by hop (§17.1.1.3)
)

func (o Output) String() string {
	return [...]string{"Nothing", "Request", "Response", "Ack"}[o]
}

// Effects are what one event asks of the transaction user. Nothing in them
// repeats what the user did itself: a Send event never asks to send.
type Effects struct {
	Send       Output
	Deliver    bool // the event is the user's to look at; otherwise it was absorbed
	Terminated bool // the transaction has ended; its slot is free for the next one
}

// outcome is what one step asks of the Table.
type outcome struct {
	Effects
	retransmit order // of timer A, E or G
	limit      order // of any other timer
}

// order sets a timer. The zero order leaves it as it is; a zero after stops it.
type order struct {
	timer Event
	after time.Duration
}
