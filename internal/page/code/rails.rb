# app/controllers/chat_tokens_controller.rb; in config/routes.rb: get "/chat-token", to: "chat_tokens#show"
require "base64"
require "json"
require "openssl"

class ChatTokensController < ApplicationController
  # Devise's filter would answer with a redirect to the login.
  skip_before_action :authenticate_user!, raise: false

  def show
    return head :unauthorized unless current_user

    name = current_user.try(:name).presence || "User #{current_user.id}"
    response.headers["Cache-Control"] = "no-store"
    render plain: chat_token("shop", ENV.fetch("MARU_KID"), ENV.fetch("MARU_SECRET"), current_user.id, name)
  end

  private

  def chat_token(site, kid, secret, sub, name)
    part = ->(bytes) { Base64.urlsafe_encode64(bytes, padding: false) }
    now = Time.now.to_i
    head = { alg: "HS256", typ: "JWT", kid: kid }
    claims = { iss: site, aud: "maru", sub: sub.to_s, name: name, iat: now, exp: now + 600 }
    text = "#{part.(head.to_json)}.#{part.(claims.to_json)}"
    "#{text}.#{part.(OpenSSL::HMAC.digest("SHA256", secret, text))}"
  end
end
