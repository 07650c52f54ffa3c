namespace Writ.Identity;

/// <summary>What relying parties of OpenID Connect read first (OpenID Connect Discovery, section 3).</summary>
public static class OpenIdDiscovery
{
    public const string Path = "/.well-known/openid-configuration";

    /// <param name="issuer">The URL that tokens name as <c>iss</c>.</param>
    /// <param name="keysPath">Below it: where the keys are.</param>
    public static byte[] Document(string issuer, string keysPath) => JwkText.Write(json =>
    {
        json.WriteStartObject();
        json.WriteString("issuer", issuer);
        json.WriteString("jwks_uri", issuer.TrimEnd('/') + keysPath);
        // Nobody logs in here; the document's form demands the member.
        json.WriteStartArray("response_types_supported");
        json.WriteStringValue("id_token");
        json.WriteEndArray();
        json.WriteStartArray("subject_types_supported");
        json.WriteStringValue("public");
        json.WriteEndArray();
        json.WriteStartArray("id_token_signing_alg_values_supported");
        json.WriteStringValue(TokenAlgorithm.Es256.Name);
        json.WriteStringValue(TokenAlgorithm.Rs256.Name);
        json.WriteEndArray();
        json.WriteStartArray("claims_supported");
        foreach (var claim in (string[])["iss", "sub", "aud", "exp", "nbf", "iat", "jti"])
            json.WriteStringValue(claim);
        json.WriteEndArray();
        json.WriteEndObject();
    });
}
