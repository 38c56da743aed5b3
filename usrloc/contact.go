package usrloc

// A Contact is one binding (RFC 3261 §10). The texts of one that was read from a [Record]
// point into it: they stay as they are for as long as somebody holds them.
type Contact struct {
	ID           uint64 // contact_id: unique, positive as an int64, and the same after a restart
	URI          []byte // without < >
	CallID       []byte // of the REGISTER that made or refreshed it
	CSeq         int32
	Expires      int64  // Unix seconds; 0: it stays until it is removed
	LastModified int64  // Unix seconds
	Q            int16  // thousandths; NoQ: none was given
	Received     []byte // URI of where the REGISTER came from, if that is not where the contact points; else nil
	Path         []byte // the Path vector, as a Route header has it (RFC 3327)
	Socket       []byte // our listener, as in OpenSIPS's column: "udp:192.0.2.1:5060"
	UserAgent    []byte
	Instance     []byte // +sip.instance (RFC 5626 §4.1), as it is to be stored
	RegID        uint32 // reg-id (RFC 5626 §4.2); 0: none
	Methods      uint32 // bits as in OpenSIPS's column; AllMethods: nothing was said
	Flags        uint32 // OpenSIPS's column flags
	BranchFlags  uint32 // OpenSIPS's column cflags
	Attr         []byte
	KV           []byte // OpenSIPS's column kv_store: a JSON object; nil: empty
	Flow         []byte // the connection that the REGISTER came by, as loop.StreamID.AppendTo has it; not kept over restarts
	Latency      uint32 // microseconds of the last answered ping; 0: unknown
	RefreshAt    int64  // Unix seconds at which E_UL_CONTACT_REFRESH is due; 0: never
}

// NoQ is the q of a contact that has none.
const NoQ = -1

// AllMethods are the Methods of a contact that did not say what it allows.
const AllMethods = 1<<32 - 1

// Live reports whether c holds at now, in Unix seconds.
func (c *Contact) Live(now int64) bool { return c.Expires == 0 || c.Expires > now }

// texts are the variable parts, in the order in which a record has them.
func (c *Contact) texts() [10]*[]byte {
	return [...]*[]byte{&c.URI, &c.CallID, &c.Socket, &c.UserAgent, &c.Received, &c.Path, &c.Instance, &c.Attr, &c.KV, &c.Flow}
}
