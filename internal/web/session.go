package web

import (
	"net/http"
	"strings"

	"maru/internal/chat"
	"maru/internal/gate"
	"maru/internal/store"
)

// cookieName is the session cookie's. With the prefix __Host- a browser takes
// it over HTTPS alone, and from this very host.
func (v *Server) cookieName(r *http.Request) string {
	if v.options.Secure(r) {
		return "__Host-maru"
	}
	return "maru"
}

// actor returns who a request acts for. A bad Bearer token is refused: it is
// never made good by a cookie.
func (v *Server) actor(r *http.Request) (chat.Actor, error) {
	refused := chat.Refuse(chat.Unauthenticated, "sign_in_first")
	if auth, ok := r.Header["Authorization"]; ok {
		scheme, token, _ := strings.Cut(auth[0], " ")
		if len(auth) != 1 || !strings.EqualFold(scheme, "Bearer") || token == "" {
			return chat.Actor{}, refused
		}
		return v.store.ActorOfToken(r.Context(), chat.HashSecret(token))
	}
	cookie, err := r.Cookie(v.cookieName(r))
	if err != nil || cookie.Value == "" {
		return chat.Actor{}, refused
	}
	return v.store.ActorOfSession(r.Context(), chat.HashSecret(cookie.Value))
}

// startSession gives the browser a new session of user. The one that it had is
// ended; a value that the browser brings is never adopted.
func (v *Server) startSession(w http.ResponseWriter, r *http.Request, user chat.User) error {
	var replaced string
	if old, err := r.Cookie(v.cookieName(r)); err == nil {
		replaced = chat.HashSecret(old.Value)
	}
	secret := chat.NewSecret()
	if err := v.store.OpenSession(r.Context(), user.ID, chat.HashSecret(secret), replaced); err != nil {
		return err
	}
	v.setCookie(w, r, secret, int(store.SessionLife.Seconds()))
	return nil
}

func (v *Server) setCookie(w http.ResponseWriter, r *http.Request, value string, maxAge int) {
	http.SetCookie(w, &http.Cookie{
		Name: v.cookieName(r), Value: value, Path: "/", MaxAge: maxAge,
		HttpOnly: true, Secure: v.options.Secure(r), SameSite: http.SameSiteLaxMode,
	})
}

// endSession ends the session that a request came with.
func (v *Server) endSession(w http.ResponseWriter, r *http.Request) error {
	if cookie, err := r.Cookie(v.cookieName(r)); err == nil {
		if err := v.store.CloseSession(r.Context(), chat.HashSecret(cookie.Value)); err != nil {
			return err
		}
	}
	v.setCookie(w, r, "", -1)
	return nil
}

// signIn checks a name and a password. It takes the same time and answers the
// same whether the name or the password is wrong.
func (v *Server) signIn(r *http.Request, name, password string) (chat.User, error) {
	key := chat.NameKey(name)
	var user chat.User
	err := v.gates.hashing.Do(r.Context(), func() error {
		if err := v.gates.tries.Allowed(key); err != nil {
			return err
		}
		found, phc, err := v.store.PasswordOf(r.Context(), name)
		if err != nil {
			return err
		}
		if !chat.VerifyPassword(phc, password) {
			v.gates.tries.Failed(key)
			return chat.Refuse(chat.Unauthenticated, "wrong_password")
		}
		v.gates.tries.Succeeded(key)
		user = found
		return nil
	})
	return user, err
}

// signUp is what somebody fills in to get an account.
type signUp struct {
	Name        string  `json:"name"`
	Password    string  `json:"password"`
	DisplayName *string `json:"display_name"`
	Setup       *string `json:"setup"` // the code of a set-up or invitation link
}

// createAccount makes an account. All that can be refused cheaply is refused
// before the password is hashed.
func (v *Server) createAccount(r *http.Request, up signUp) (chat.User, error) {
	name, err := chat.CheckName(up.Name)
	if err != nil {
		return chat.User{}, err
	}
	display, err := chat.CheckDisplayName(given(up.DisplayName), name)
	if err != nil {
		return chat.User{}, err
	}
	if err := chat.CheckPassword("password", up.Password); err != nil {
		return chat.User{}, err
	}
	if err := v.gates.signUps.Take(gate.Address(r), "sign_up_rate"); err != nil {
		return chat.User{}, err
	}
	asked := store.SignUp{
		Name: name, DisplayName: display, Code: given(up.Setup),
		Open:    v.options.Registration == RegistrationOpen,
		Invites: v.options.Registration == RegistrationInvite,
		AtHome:  v.options.AtHome(r),
	}
	err = v.gates.hashing.Do(r.Context(), func() error {
		asked.Password = chat.HashPassword(up.Password)
		return nil
	})
	if err != nil {
		return chat.User{}, err
	}
	return v.store.CreateAccount(r.Context(), asked)
}

// changePassword gives the actor another password, which ends all sessions but
// the one that asks.
func (v *Server) changePassword(r *http.Request, actor chat.Actor, old, fresh string) error {
	if err := chat.CheckPassword("new", fresh); err != nil {
		return err
	}
	if _, err := v.signIn(r, actor.Name, old); err != nil {
		if chat.KindOf(err) == chat.Unauthenticated {
			return chat.Refuse(chat.Forbidden, "wrong_old_password")
		}
		return err
	}
	var phc string
	err := v.gates.hashing.Do(r.Context(), func() error {
		phc = chat.HashPassword(fresh)
		return nil
	})
	if err != nil {
		return err
	}
	return v.store.ChangePassword(r.Context(), actor, phc)
}
