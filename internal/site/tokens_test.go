package site_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"maps"
	"math/big"
	"strings"
	"testing"
	"time"

	"maru/internal/chat"
	"maru/internal/site"
	"maru/internal/store"
	"maru/internal/testdb"
)

// object is a header or the claims of a token.
type object map[string]any

// with returns the object with some members changed; nil takes one out.
func (o object) with(changes object) object {
	changed := maps.Clone(o)
	for name, value := range changes {
		if value == nil {
			delete(changed, name)
		} else {
			changed[name] = value
		}
	}
	return changed
}

func (o object) text() string {
	text, err := json.Marshal(o)
	if err != nil {
		panic(err)
	}
	return string(text)
}

func b64(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }

// hs256 makes a token of header and claims as they stand.
func hs256(secret, head, claims string) string {
	signed := b64(head) + "." + b64(claims)
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(signed))
	return signed + "." + b64(string(mac.Sum(nil)))
}

// keys are pairs of keys of a site that makes its own.
type keys struct {
	ed    ed25519.PrivateKey
	ec    *ecdsa.PrivateKey
	edPEM string
	ecPEM string
}

func newKeys(t *testing.T) keys {
	t.Helper()
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	ec, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return keys{private, ec, publicPEM(t, public), publicPEM(t, &ec.PublicKey)}
}

func publicPEM(t *testing.T, key any) string {
	t.Helper()
	der, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
}

func (k keys) eddsa(head, claims string) string {
	signed := b64(head) + "." + b64(claims)
	return signed + "." + b64(string(ed25519.Sign(k.ed, []byte(signed))))
}

func (k keys) es256(t *testing.T, head, claims string) string {
	t.Helper()
	signed := b64(head) + "." + b64(claims)
	sum := sha256.Sum256([]byte(signed))
	r, s, err := ecdsa.Sign(rand.Reader, k.ec, sum[:])
	if err != nil {
		t.Fatal(err)
	}
	return signed + "." + b64(string(append(padded(r), padded(s)...)))
}

func padded(n *big.Int) []byte { return n.FillBytes(make([]byte, 32)) }

// shop is a server with two sites, and a key of each kind.
type shop struct {
	*site.Sites
	store     *store.Store
	secret    string // of the key hs of the site shop
	other     string // of the key hs of the site other
	keys      keys
	now       time.Time
	head, say object // a good header and good claims
}

func open(t *testing.T, s *store.Store) *shop {
	t.Helper()
	ctx := t.Context()
	k := &shop{store: s, keys: newKeys(t), now: time.Now()}
	k.Sites = site.New(s.Database(), func() time.Time { return k.now }, testdb.Logger(t))
	for _, name := range []string{"shop", "other"} {
		one := chat.Site{Name: name, Origins: []string{"https://" + name + ".example"}, Visitors: chat.VisitorsRead, AllRooms: true}
		if err := k.Add(ctx, site.Operator, site.Settings{Site: one}); err != nil {
			t.Fatal(err)
		}
	}
	add := func(name string, key site.NewKey) string {
		_, secret, err := k.AddKey(ctx, site.Operator, name, key)
		if err != nil {
			t.Fatal(err)
		}
		return secret
	}
	k.secret = add("shop", site.NewKey{ID: "hs", Algorithm: site.HS256})
	add("shop", site.NewKey{ID: "ed", Algorithm: site.EdDSA, PublicKey: k.keys.edPEM})
	add("other", site.NewKey{ID: "ec", Algorithm: site.ES256, PublicKey: k.keys.ecPEM})
	k.other = add("other", site.NewKey{ID: "hs", Algorithm: site.HS256})
	at := k.now.Unix()
	k.head = object{"alg": "HS256", "kid": "hs", "typ": "JWT"}
	k.say = object{"iss": "shop", "aud": "maru", "sub": "u-1", "name": "Mina", "iat": at, "exp": at + 600}
	return k
}

// Every token of a site that keeps the rules lets somebody in.
func TestGoodTokens(t *testing.T) {
	testdb.Each(t, func(t *testing.T, s *store.Store, _ *testdb.DB) {
		k := open(t, s)
		at := k.now.Unix()
		ed, ec := object{"alg": "EdDSA", "kid": "ed"}, object{"alg": "ES256", "kid": "ec", "typ": "jwt"}
		good := map[string]string{
			"HS256":                 hs256(k.secret, k.head.text(), k.say.text()),
			"EdDSA, without typ":    k.keys.eddsa(ed.text(), k.say.text()),
			"ES256, of another":     k.keys.es256(t, ec.text(), k.say.with(object{"iss": "other"}).text()),
			"aud as a list":         hs256(k.secret, k.head.text(), k.say.with(object{"aud": []string{"maru"}}).text()),
			"an hour of seconds":    hs256(k.secret, k.head.text(), k.say.with(object{"iat": float64(at) + 0.25, "exp": float64(at) + 59.5}).text()),
			"a clock that is ahead": hs256(k.secret, k.head.text(), k.say.with(object{"iat": at + 50, "exp": at + 650, "nbf": at + 50}).text()),
			"what nobody knows":     hs256(k.secret, k.head.text(), k.say.with(object{"jti": "x", "email": "m@x", "exp2": []int{1}}).text()),
			"empty on purpose":      hs256(k.secret, k.head.text(), strings.Replace(k.say.text(), "{", `{"avatar":null,"rooms":null,"role":null,"nbf":null,`, 1)),
			"a picture":             hs256(k.secret, k.head.text(), k.say.with(object{"avatar": "https://cdn.example:8443/a/1.png?v=2&s=%20"}).text()),
			"a moderator":           hs256(k.secret, k.head.text(), k.say.with(object{"role": "moderator", "rooms": []string{"lobby"}}).text()),
			"no rooms at all":       hs256(k.secret, k.head.text(), k.say.with(object{"rooms": []string{}}).text()),
			"a long name":           hs256(k.secret, k.head.text(), k.say.with(object{"name": strings.Repeat("가", 70)}).text()),
			"another script":        hs256(k.secret, k.head.text(), k.say.with(object{"name": "김민아", "sub": "사용자 1"}).text()),
			"escapes":               hs256(k.secret, k.head.text(), strings.Replace(k.say.text(), `"Mina"`, `"\uae40\ud83d\ude00"`, 1)),
		}
		for what, token := range good {
			for range 2 { // checked, and remembered
				actor, of, err := k.Bearer(t.Context(), token)
				if err != nil || actor.ID == 0 || actor.Reach == nil || of.Name != actor.Reach.Site || actor.Until <= chat.At(k.now) {
					t.Errorf("%s: %+v %v", what, actor, err)
				}
			}
		}
	})
}

// Every token that breaks a rule is refused with the same words.
func TestBadTokens(t *testing.T) {
	testdb.Each(t, func(t *testing.T, s *store.Store, _ *testdb.DB) {
		k := open(t, s)
		plain := hs256(k.secret, k.head.text(), k.say.text())
		if _, _, err := k.Bearer(t.Context(), plain); err != nil {
			t.Fatal("the token that the others differ from:", err)
		}
		first := errors.New("")
		n := 0
		for what, token := range badTokens(t, k) {
			n++
			for range 2 {
				actor, _, err := k.Bearer(t.Context(), token)
				refused, ok := errors.AsType[*chat.Error](err)
				if err == nil || !ok || refused.Kind != chat.Unauthenticated || actor.ID != 0 {
					t.Errorf("%s: let in as %+v, %v", what, actor, err)
					continue
				}
				if first.Error() == "" {
					first = err
				}
				if err.Error() != first.Error() {
					t.Errorf("%s: refused with other words: %v", what, err)
				}
			}
		}
		if n < 80 {
			t.Error("only", n, "cases")
		}
	})
}

// badTokens differ from a good token in one thing each.
func badTokens(t *testing.T, k *shop) map[string]string {
	t.Helper()
	bad := map[string]string{}
	at := k.now.Unix()
	sign := func(head, claims string) string { return hs256(k.secret, head, claims) }
	head, say := k.head.text(), k.say.text()
	plain := sign(head, say)
	parts := strings.Split(plain, ".")

	for what, changes := range map[string]object{
		"iss: none": {"iss": nil}, "iss: unknown": {"iss": "nobody"}, "iss: a number": {"iss": 1}, "iss: a list": {"iss": []string{"shop"}},
		"iss: another's": {"iss": "other"}, "iss: in capitals": {"iss": "Shop"}, "iss: with a space": {"iss": "shop "},
		"aud: none": {"aud": nil}, "aud: other": {"aud": "other"}, "aud: empty": {"aud": ""}, "aud: a list without": {"aud": []string{"other"}},
		"aud: two": {"aud": []string{"maru", "other"}}, "aud: an empty list": {"aud": []string{}}, "aud: a number": {"aud": 1},
		"aud: an object": {"aud": object{"maru": true}}, "aud: a list of null": {"aud": []any{nil}}, "aud: in capitals": {"aud": "MARU"},
		"sub: none": {"sub": nil}, "sub: empty": {"sub": ""}, "sub: a number": {"sub": 42}, "sub: long": {"sub": strings.Repeat("x", 129)},
		"sub: NUL": {"sub": "u\x00"}, "sub: a line": {"sub": "u\n1"}, "sub: true": {"sub": true}, "sub: a broken character": {"sub": "u\uFFFD"},
		"name: none": {"name": nil}, "name: empty": {"name": ""}, "name: blank": {"name": "  "}, "name: a number": {"name": 5}, "name: a filler": {"name": "\u3164"},
		"name: a line": {"name": "Mi\nna"}, "name: turned round": {"name": "Mina\u202e"}, "name: NUL": {"name": "Mi\x00na"},
		"avatar: http": {"avatar": "http://x.example/a.png"}, "avatar: a script": {"avatar": "javascript:alert(1)"}, "avatar: data": {"avatar": "data:image/png;base64,AA"},
		"avatar: a path": {"avatar": "/a.png"}, "avatar: credentials": {"avatar": "https://u:p@x.example/a.png"}, "avatar: long": {"avatar": "https://x.example/" + strings.Repeat("a", 600)},
		"avatar: quotes": {"avatar": `https://x.example/a.png"onerror=`}, "avatar: a number": {"avatar": 1}, "avatar: no host": {"avatar": "https:///a.png"},
		"avatar: a line": {"avatar": "https://x.example/\na"}, "avatar: a space": {"avatar": "https://x.example/a b"},
		"rooms: text": {"rooms": "lobby"}, "rooms: numbers": {"rooms": []int{1}}, "rooms: null in it": {"rooms": []any{nil}}, "rooms: no slug": {"rooms": []string{"No Slug"}},
		"rooms: too many": {"rooms": strings.Split(strings.Repeat("lobby ", 100)+"lobby", " ")}, "rooms: an object": {"rooms": object{"0": "lobby"}},
		"role: owner": {"role": "owner"}, "role: admin": {"role": "admin"}, "role: a list": {"role": []string{"moderator"}}, "role: true": {"role": true},
		"exp: none": {"exp": nil}, "exp: over": {"exp": at - 1, "iat": at - 300}, "exp: now": {"exp": at, "iat": at - 300}, "exp: text": {"exp": "9999999999"},
		"exp: far": {"exp": at + 3600}, "exp: eleven minutes": {"exp": at + 660}, "exp: never": {"exp": 1e300},
		"exp: negative": {"exp": -1}, "exp: true": {"exp": true}, "exp: milliseconds": {"exp": (at + 300) * 1000},
		"iat: none": {"iat": nil}, "iat: text": {"iat": "1"}, "iat: in the future": {"iat": at + 120, "exp": at + 300}, "iat: a list": {"iat": []int64{at}},
		"nbf: in the future": {"nbf": at + 120}, "nbf: text": {"nbf": "0"}, "nbf: negative": {"nbf": -5},
	} {
		bad[what] = sign(head, k.say.with(changes).text())
	}
	for what, changes := range map[string]object{
		"alg: none": {"alg": nil}, "alg: HS384": {"alg": "HS384"}, "alg: of another kind": {"alg": "ES256"}, "alg: RS256": {"alg": "RS256"},
		"alg: in small letters": {"alg": "hs256"}, "alg: a number": {"alg": 256}, "kid: none": {"kid": nil}, "kid: unknown": {"kid": "k9"}, "kid: empty": {"kid": ""},
		"kid: a path": {"kid": "../../dev/null"}, "kid: SQL": {"kid": "hs' OR '1'='1"}, "kid: a number": {"kid": 1}, "kid: of another kind": {"kid": "ed"},
		"typ: other": {"typ": "at+jwt"}, "typ: a number": {"typ": 1}, "jku": {"jku": "https://evil.example/keys"}, "x5u": {"x5u": "https://evil.example/c"},
		"jwk": {"jwk": object{"kty": "oct", "k": b64(k.secret)}}, "x5c": {"x5c": []string{"AA"}}, "crit": {"crit": []string{"exp"}}, "b64": {"b64": false},
		"zip": {"zip": "DEF"}, "cty": {"cty": "JWT"}, "enc": {"enc": "A256GCM"}, "x5t": {"x5t": "AA"},
	} {
		bad[what] = sign(k.head.with(changes).text(), say)
	}
	for _, none := range []string{"none", "None", "NONE", "nOnE", ""} {
		unsigned := b64(k.head.with(object{"alg": none}).text()) + "." + parts[1] + "."
		bad["alg "+none+", no signature"] = unsigned
		bad["alg "+none+", some signature"] = unsigned + parts[2]
	}
	ed := object{"alg": "HS256", "kid": "ed"}.text()
	bad["signed with the public key as the secret"] = hs256(k.keys.edPEM, ed, say)
	bad["the same without its last line end"] = hs256(strings.TrimSpace(k.keys.edPEM), ed, say)
	bad["a key of the other site"] = hs256(k.other, head, say)
	bad["the other site's key and kid"] = k.keys.es256(t, object{"alg": "ES256", "kid": "ec"}.text(), say)
	bad["our key, the other site"] = sign(head, k.say.with(object{"iss": "other"}).text())
	bad["an empty secret"] = hs256("", head, say)
	bad["a signature cut short"] = plain[:len(plain)-4]
	bad["no signature"] = parts[0] + "." + parts[1] + "."
	bad["a signature of zeros"] = parts[0] + "." + parts[1] + "." + b64(string(make([]byte, 32)))
	bad["ES256 with zeros"] = b64(object{"alg": "ES256", "kid": "ec"}.text()) + "." + b64(k.say.with(object{"iss": "other"}).text()) + "." + b64(string(make([]byte, 64)))
	bad["ES256 as DER"] = asDER(t, k, k.say.with(object{"iss": "other"}).text())
	bad["other claims under the signature"] = parts[0] + "." + b64(k.say.with(object{"sub": "u-2"}).text()) + "." + parts[2]
	bad["another header under the signature"] = b64(k.head.with(object{"typ": nil}).text()) + "." + parts[1] + "." + parts[2]
	bad["HS512 under the name HS256"] = hs512(k.secret, head, say)
	bad["RS256"] = rs256(t, k.head.with(object{"alg": "RS256"}).text(), say)
	bad["padded"] = parts[0] + "=." + parts[1] + "." + parts[2]
	bad["a line end in it"] = parts[0] + "\n." + parts[1] + "." + parts[2]
	bad["a line end in its signature"] = plain[:len(plain)-4] + "\n" + plain[len(plain)-4:]
	bad["bits that nobody reads"] = lastBit(plain)
	bad["four parts"] = plain + "." + parts[2]
	bad["five parts, as if encrypted"] = plain + "..x"
	bad["dots alone"] = strings.Repeat(".", 6000)
	bad["huge"] = sign(head, k.say.with(object{"more": strings.Repeat("x", 9000)}).text())
	bad["no JSON"] = sign(head, "hello")
	bad["a list"] = sign(head, "[]")
	bad["nothing"] = sign(head, "")
	bad["two objects"] = sign(head, say+say)
	bad["a member twice"] = sign(head, strings.Replace(say, "{", `{"sub":"u-9",`, 1))
	bad["a member twice, escaped"] = sign(head, strings.Replace(say, "{", `{"s\u0075b":"u-9",`, 1))
	bad["a header's member twice"] = sign(strings.Replace(head, "{", `{"alg":"HS256",`, 1), say)
	bad["a member of another case"] = sign(head, strings.Replace(say, `"sub"`, `"Sub"`, 1))
	bad["claims that are not UTF-8"] = sign(head, strings.Replace(say, "Mina", "Mi\xffna", 1))
	bad["a header that is not UTF-8"] = sign(strings.Replace(head, "JWT", "J\xffT", 1), say)
	bad["half a character"] = sign(head, strings.Replace(say, "u-1", `u\ud800`, 1))
	bad["a number too large"] = sign(head, strings.Replace(say, `"exp":`, `"exp":1e999,"x":`, 1))
	bad["cut off"] = sign(head, say[:len(say)-1])
	bad["two dots"] = ".."
	return bad
}

func hs512(secret, head, claims string) string {
	signed := b64(head) + "." + b64(claims)
	mac := hmac.New(sha512.New, []byte(secret))
	mac.Write([]byte(signed))
	return signed + "." + b64(string(mac.Sum(nil)))
}

func rs256(t *testing.T, head, claims string) string {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	signed := b64(head) + "." + b64(claims)
	sum := sha256.Sum256([]byte(signed))
	signature, err := rsa.SignPKCS1v15(rand.Reader, key, crypto.SHA256, sum[:])
	if err != nil {
		t.Fatal(err)
	}
	return signed + "." + b64(string(signature))
}

// asDER is an ES256 token whose signature has the form of certificates.
func asDER(t *testing.T, k *shop, claims string) string {
	t.Helper()
	signed := b64(object{"alg": "ES256", "kid": "ec"}.text()) + "." + b64(claims)
	sum := sha256.Sum256([]byte(signed))
	der, err := ecdsa.SignASN1(rand.Reader, k.keys.ec, sum[:])
	if err != nil {
		t.Fatal(err)
	}
	return signed + "." + b64(string(der))
}

// lastBit changes a bit of the last letter that stands for no byte.
func lastBit(token string) string {
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	last := strings.IndexByte(letters, token[len(token)-1])
	return token[:len(token)-1] + letters[last^1:last^1+1]
}
