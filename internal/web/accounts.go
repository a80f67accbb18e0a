package web

import (
	"net/http"

	"maru/internal/chat"
	"maru/internal/gate"
	"maru/internal/store"
)

func (v *Server) postAccount(w http.ResponseWriter, r *http.Request) error {
	var up signUp
	if err := gate.Decode(w, r, &up); err != nil {
		return err
	}
	user, err := v.createAccount(r, up)
	if err != nil {
		return err
	}
	if err := v.startSession(w, r, user); err != nil {
		return err
	}
	return answer(w, http.StatusCreated, under("user", user))
}

func (v *Server) postSession(w http.ResponseWriter, r *http.Request) error {
	var in struct {
		Name     string `json:"name"`
		Password string `json:"password"`
	}
	if err := gate.Decode(w, r, &in); err != nil {
		return err
	}
	user, err := v.signIn(r, in.Name, in.Password)
	if err != nil {
		return err
	}
	if err := v.startSession(w, r, user); err != nil {
		return err
	}
	return answer(w, http.StatusOK, under("user", user))
}

func (v *Server) getSession(w http.ResponseWriter, r *http.Request, actor chat.Actor) error {
	return answer(w, http.StatusOK, under("user", actor.User))
}

func (v *Server) deleteSession(w http.ResponseWriter, r *http.Request, _ chat.Actor) error {
	if err := v.endSession(w, r); err != nil {
		return err
	}
	return done(w)
}

func (v *Server) deleteSessions(w http.ResponseWriter, r *http.Request, actor chat.Actor) error {
	if err := v.store.CloseSessions(r.Context(), actor); err != nil {
		return err
	}
	v.setCookie(w, r, "", -1)
	return done(w)
}

func (v *Server) patchAccount(w http.ResponseWriter, r *http.Request, actor chat.Actor) error {
	var in struct {
		DisplayName *string `json:"display_name"`
	}
	if err := gate.Decode(w, r, &in); err != nil {
		return err
	}
	user := actor.User
	if in.DisplayName != nil {
		var err error
		if user, err = v.store.Rename(r.Context(), actor, *in.DisplayName); err != nil {
			return err
		}
	}
	return answer(w, http.StatusOK, under("user", user))
}

func (v *Server) putPassword(w http.ResponseWriter, r *http.Request, actor chat.Actor) error {
	var in struct {
		Old string `json:"old"`
		New string `json:"new"`
	}
	if err := gate.Decode(w, r, &in); err != nil {
		return err
	}
	if err := v.changePassword(r, actor, in.Old, in.New); err != nil {
		return err
	}
	return done(w)
}

func (v *Server) postToken(w http.ResponseWriter, r *http.Request, actor chat.Actor) error {
	var in struct {
		Label string `json:"label"`
	}
	if err := gate.Decode(w, r, &in); err != nil {
		return err
	}
	token, secret, err := v.makeToken(r, actor, in.Label)
	if err != nil {
		return err
	}
	return answer(w, http.StatusCreated, struct {
		chat.Token
		Secret string `json:"token"`
	}{token, secret})
}

// makeToken makes a personal token. Its secret has a name in front, by which
// people and programs that look for lost secrets know it.
func (v *Server) makeToken(r *http.Request, actor chat.Actor, label string) (chat.Token, string, error) {
	secret := "maru_" + chat.NewSecret()
	token, err := v.store.MakeToken(r.Context(), actor, label, chat.HashSecret(secret))
	return token, secret, err
}

func (v *Server) getTokens(w http.ResponseWriter, r *http.Request, actor chat.Actor) error {
	tokens, err := v.store.Tokens(r.Context(), actor)
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, under("tokens", tokens))
}

func (v *Server) deleteToken(w http.ResponseWriter, r *http.Request, actor chat.Actor) error {
	id, err := pathID(r, "id")
	if err != nil {
		return err
	}
	if err := v.store.WithdrawToken(r.Context(), actor, id); err != nil {
		return err
	}
	return done(w)
}

func (v *Server) getUsers(w http.ResponseWriter, r *http.Request, actor chat.Actor) error {
	users, err := v.store.Users(r.Context(), actor, r.URL.Query().Get("q"))
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, under("users", users))
}

func (v *Server) patchUser(w http.ResponseWriter, r *http.Request, actor chat.Actor) error {
	id, err := pathID(r, "id")
	if err != nil {
		return err
	}
	var in struct {
		Role     *chat.ServerRole `json:"role"`
		Disabled *bool            `json:"disabled"`
	}
	if err := gate.Decode(w, r, &in); err != nil {
		return err
	}
	user, err := v.store.Govern(r.Context(), actor, id, store.UserChanges{Role: in.Role, Disabled: in.Disabled})
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, under("user", user))
}
