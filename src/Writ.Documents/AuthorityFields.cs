using System.Collections.Immutable;
using Writ.Leases;

namespace Writ.Documents;

/// <summary>What a realm directory says of credentials that the realm's own keys sign.</summary>
static class AuthorityFields
{
    /// <summary>The kinds, as a profile names them.</summary>
    public static CredentialBackend? Read(
        YamlFields profile, Func<YamlFields, string, ImmutableArray<PluginSetting>> pairs) =>
        profile.Map("ssh", "an SSH backend") is { } ssh ? Ssh(ssh)
        : profile.Map("x509", "a backend of client certificates") is { } x509 ? X509(x509, pairs)
        : profile.Map("oidc", "a backend of tokens") is { } oidc ? Oidc(oidc, pairs)
        : null;

    static CredentialBackend.Ssh Ssh(YamlFields f)
    {
        var ssh = new CredentialBackend.Ssh(
            f.Text("host"), f.Number("port", 22), f.Text("user"), f.Texts("hostKeys"), f.Texts("principals"),
            f.Texts("sourceAddresses"), f.Texts("extensions"), f.Has("sessions") && f.Flag("sessions"),
            f.OptionalText("forceCommand"), f.OptionalText("revocationList"));
        f.NothingElse();
        return ssh;
    }

    static CredentialBackend.X509 X509(YamlFields f, Func<YamlFields, string, ImmutableArray<PluginSetting>> pairs)
    {
        var x509 = new CredentialBackend.X509(
            f.Texts("names"), pairs(f, "variables"), f.OptionalText("commonName"), f.OptionalText("organization"),
            f.OptionalText("revocationList"));
        f.NothingElse();
        return x509;
    }

    static CredentialBackend.Oidc Oidc(YamlFields f, Func<YamlFields, string, ImmutableArray<PluginSetting>> pairs)
    {
        var oidc = new CredentialBackend.Oidc(
            f.Text("audience"), pairs(f, "variables"), pairs(f, "constants"), f.OptionalText("subject"),
            f.Has("rsa") && f.Flag("rsa") ? true : null);
        f.NothingElse();
        return oidc;
    }
}
