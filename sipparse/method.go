package sipparse

// A Method is a request method that this program knows by name. All others are
// MethodOther, valid all the same: a proxy treats them as OPTIONS, say.
type Method uint8

// The methods of RFC 3261 and its extensions (3262, 6665, 3903, 6086, 3515, 3428, 3311).
const (
	MethodOther Method = iota
	Invite
	Ack
	Bye
	Cancel
	Options
	Register
	Prack
	Subscribe
	Notify
	Publish
	Info
	Refer
	Message
	Update
)

var methodNames = [...]string{
	Invite: "INVITE", Ack: "ACK", Bye: "BYE", Cancel: "CANCEL", Options: "OPTIONS",
	Register: "REGISTER", Prack: "PRACK", Subscribe: "SUBSCRIBE", Notify: "NOTIFY",
	Publish: "PUBLISH", Info: "INFO", Refer: "REFER", Message: "MESSAGE", Update: "UPDATE",
}

// MethodOf returns the method of that name. Names are case-sensitive; RFC 3261 §7.1.
func MethodOf(b []byte) Method {
	switch string(b) {
	case "INVITE":
		return Invite
	case "ACK":
		return Ack
	case "BYE":
		return Bye
	case "CANCEL":
		return Cancel
	case "OPTIONS":
		return Options
	case "REGISTER":
		return Register
	case "PRACK":
		return Prack
	case "SUBSCRIBE":
		return Subscribe
	case "NOTIFY":
		return Notify
	case "PUBLISH":
		return Publish
	case "INFO":
		return Info
	case "REFER":
		return Refer
	case "MESSAGE":
		return Message
	case "UPDATE":
		return Update
	}
	return MethodOther
}

// String returns the name; "" for MethodOther, whose name only the message knows.
func (m Method) String() string { return methodNames[m] }
