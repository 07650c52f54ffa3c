using System.Collections.Immutable;
using Writ.Leases;

namespace Writ.Documents;

/// <summary>The backends of a credential profile that are asked over HTTP.</summary>
static class HttpBackendReading
{
    const string GitHub = "https://api.github.com";

    /// <summary>Null where the profile names none of them.</summary>
    /// <param name="pairs">Reads a list of NAME=VALUE.</param>
    public static CredentialBackend? Of(
        YamlFields profile, Func<YamlFields, string, ImmutableArray<PluginSetting>> pairs)
    {
        CredentialBackend? read = null;
        YamlFields? f;
        if ((f = profile.Map("vault", "a Vault backend")) is not null)
        {
            var login = f.Word<VaultLogin>("login", VaultLogin.AppRole);
            read = new CredentialBackend.Vault(
                f.Text("url"), login, f.OptionalText("mount") ?? login.ToString().ToLowerInvariant(),
                f.OptionalText("loginRole"), f.OptionalText("audience"), f.Text("tokenRole"), f.Text("path"),
                f.Word<RevocationClass>("revocation"), f.OptionalText("token"), pairs(f, "variables"),
                f.OptionalText("namespace"));
        }
        else if ((f = profile.Map("awsSts", "an AWS backend")) is not null)
        {
            var region = f.Text("region");
            read = new CredentialBackend.AwsSts(
                f.Text("role"), region, f.OptionalText("audience") ?? "sts.amazonaws.com", f.OptionalText("policy"),
                f.OptionalText("url") ?? $"https://sts.{region}.amazonaws.com");
        }
        else if ((f = profile.Map("githubApp", "a GitHub App")) is not null)
            read = new CredentialBackend.GitHubApp(
                f.OptionalText("url") ?? GitHub, f.Text("app"), f.Number("installation"), f.Texts("repositories"),
                pairs(f, "permissions"));
        else if ((f = profile.Map("kubernetes", "a Kubernetes backend")) is not null)
            read = new CredentialBackend.Kubernetes(
                f.Text("url"), f.Text("namespace"), f.Text("serviceAccount"), f.Texts("audiences"));
        f?.NothingElse();
        return read;
    }
}
