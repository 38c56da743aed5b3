package redis

import "bytes"

// A verb is what has to be known of a command before it is sent.
type verb struct {
	refused string // why it is not sent
	key     keyAt
	at      uint8 // where the key is, or the number of keys
	reads   bool  // it changes nothing, so it may be sent twice
}

// keyAt says how the first key is found, which decides on the node of a cluster.
type keyAt uint8

const (
	keyIs      keyAt = iota // argument at
	keyBehind               // argument at is the number of keys, which follow
	keyStreams              // behind the word STREAMS
	keyNone                 // any node will do
)

const (
	blocks   = "it would hold up every other command of the connection"
	takesAll = "it changes what the connection does for every other command"
)

// other is a verb that is not listed: most have their first key as first argument.
var other = verb{key: keyIs, at: 1}

// verbs lists those that are different.
var verbs = makeVerbs()

func makeVerbs() map[string]verb {
	all := map[string]verb{}
	add := func(v verb, names string) {
		for _, n := range bytes.Fields([]byte(names)) {
			all[string(n)] = v
		}
	}
	add(verb{refused: blocks}, "BLPOP BRPOP BLMOVE BRPOPLPUSH BLMPOP BZPOPMIN BZPOPMAX BZMPOP WAIT WAITAOF")
	add(verb{refused: takesAll}, `SUBSCRIBE PSUBSCRIBE SSUBSCRIBE UNSUBSCRIBE PUNSUBSCRIBE SUNSUBSCRIBE MONITOR MULTI EXEC DISCARD
		WATCH UNWATCH HELLO AUTH SELECT QUIT RESET SYNC PSYNC REPLCONF ASKING READONLY READWRITE`)
	add(verb{key: keyNone, reads: true}, "PING ECHO TIME DBSIZE INFO KEYS SCAN RANDOMKEY LASTSAVE ROLE COMMAND LOLWUT")
	add(verb{key: keyNone}, `PUBLISH CLIENT CONFIG FLUSHALL FLUSHDB SAVE BGSAVE BGREWRITEAOF SCRIPT FUNCTION CLUSTER ACL SLOWLOG LATENCY
		MODULE SHUTDOWN FAILOVER REPLICAOF SLAVEOF SWAPDB DEBUG PUBSUB`)
	add(verb{key: keyIs, at: 2}, "BITOP XGROUP")
	add(verb{key: keyIs, at: 2, reads: true}, "OBJECT MEMORY XINFO")
	add(verb{key: keyIs, at: 3}, "MIGRATE")
	add(verb{key: keyBehind, at: 2}, "EVAL EVALSHA FCALL")
	add(verb{key: keyBehind, at: 2, reads: true}, "EVAL_RO EVALSHA_RO FCALL_RO")
	add(verb{key: keyBehind, at: 1}, "LMPOP ZMPOP")
	add(verb{key: keyBehind, at: 1, reads: true}, "SINTERCARD ZUNION ZINTER ZDIFF ZINTERCARD")
	add(verb{key: keyStreams}, "XREADGROUP")
	add(verb{key: keyStreams, reads: true}, "XREAD")
	add(verb{key: keyIs, at: 1, reads: true}, `GET MGET STRLEN GETRANGE SUBSTR GETBIT BITCOUNT BITPOS BITFIELD_RO LCS EXISTS TTL PTTL EXPIRETIME
		PEXPIRETIME TYPE DUMP SORT_RO HGET HMGET HGETALL HKEYS HVALS HLEN HEXISTS HSTRLEN HRANDFIELD HSCAN LRANGE LINDEX LLEN LPOS
		SMEMBERS SISMEMBER SMISMEMBER SCARD SRANDMEMBER SINTER SUNION SDIFF SSCAN ZRANGE ZREVRANGE ZRANGEBYSCORE ZREVRANGEBYSCORE
		ZRANGEBYLEX ZREVRANGEBYLEX ZSCORE ZMSCORE ZRANK ZREVRANK ZCARD ZCOUNT ZLEXCOUNT ZRANDMEMBER ZSCAN XLEN XRANGE XREVRANGE
		XPENDING GEOPOS GEODIST GEOHASH GEOSEARCH GEORADIUS_RO GEORADIUSBYMEMBER_RO PFCOUNT TOUCH`)
	return all
}

// findVerb returns what is known of a command's first argument, in whatever case.
func findVerb(name []byte) verb {
	var upper [24]byte
	if len(name) > len(upper) {
		return other
	}
	for i, c := range name {
		if c >= 'a' && c <= 'z' {
			c -= 'a' - 'A'
		}
		upper[i] = c
	}
	if v, ok := verbs[string(upper[:len(name)])]; ok {
		return v
	}
	return other
}

// examine says of a complete command, as encoder writes it, what it is and which slot of
// a cluster it concerns; slot is -1 if none.
func examine(text []byte) (v verb, slot int) {
	text = text[bytes.IndexByte(text, '\n')+1:] // the number of arguments
	args := arguments{rest: text}
	name := args.next()
	v = findVerb(name)
	if v.refused == "" {
		v.refused = refusedForm(name, args)
	}
	key, ok := v.findKey(args)
	if !ok {
		return v, -1
	}
	return v, int(slotOf(key))
}

// arguments walks over what encoder.arg has written of one command.
type arguments struct {
	rest []byte
}

// next returns the next argument, nil behind the last.
func (a *arguments) next() (arg []byte) {
	if len(a.rest) == 0 || a.rest[0] != '$' {
		return nil
	}
	arg, a.rest = nextArg(a.rest)
	return arg
}

// findKey finds the first key; args stands behind the name.
func (v verb) findKey(args arguments) (key []byte, ok bool) {
	switch v.key {
	case keyIs:
		for range v.at {
			key = args.next()
		}
	case keyBehind:
		for range v.at {
			key = args.next()
		}
		if n, ok := parseInt(key); !ok || n < 1 {
			return nil, false
		}
		key = args.next()
	case keyStreams:
		for a := args.next(); a != nil; a = args.next() {
			if bytes.EqualFold(a, []byte("STREAMS")) {
				key = args.next()
				break
			}
		}
	}
	return key, key != nil
}

// refusedForm refuses forms of commands that are harmless otherwise.
func refusedForm(name []byte, args arguments) string {
	switch {
	case bytes.EqualFold(name, []byte("CLIENT")):
		if sub := args.next(); bytes.EqualFold(sub, []byte("REPLY")) || bytes.EqualFold(sub, []byte("TRACKING")) {
			return takesAll
		}
	case bytes.EqualFold(name, []byte("XREAD")), bytes.EqualFold(name, []byte("XREADGROUP")):
		for a := args.next(); a != nil && !bytes.EqualFold(a, []byte("STREAMS")); a = args.next() {
			if bytes.EqualFold(a, []byte("BLOCK")) {
				return blocks
			}
		}
	}
	return ""
}
