using System.Collections.Immutable;
using System.Globalization;
using Writ.Egress;

namespace Writ.Documents;

/// <summary>One place of a workflow's <c>egress</c>: <c>HOST:PORT</c>, or a map.</summary>
static class EgressReading
{
    public static EgressGrant Of(YamlNode node, FaultList faults)
    {
        if (node is YamlNode.Text text)
        {
            var colon = text.Value.LastIndexOf(':');
            if (colon > 0 && int.TryParse(
                text.Value[(colon + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var port))
                return new EgressGrant(Bare(text.Value[..colon]), port);
            faults.Add(node.Place, "realm.bad-value", "A place is written HOST:PORT, or {host, port, private, "
                + "plain, intercept, credential}.");
            return new EgressGrant("", 0);
        }
        var f = new YamlFields(node, "a place", faults);
        var grant = new EgressGrant(
            Bare(f.Text("host")), f.Number("port"), Given(f, "private"), Given(f, "plain"),
            f.Has("intercept") ? f.Word<Interception>("intercept") : null,
            f.Map("credential", "a credential that is added") is { } credential ? Credential(credential) : null);
        f.NothingElse();
        return grant;
    }

    static EgressCredential Credential(YamlFields f)
    {
        var credential = new EgressCredential(
            f.OptionalText("profile"), f.OptionalText("file"), f.Word<CredentialForm>("as", CredentialForm.Bearer),
            f.OptionalText("header"), f.OptionalText("user"), f.Texts("methods"), f.Texts("paths"),
            Given(f, "cleartext"), f.Has("own") ? f.Word<OwnCredential>("own") : null);
        f.NothingElse();
        return credential;
    }

    static bool? Given(YamlFields f, string key) => f.Has(key) && f.Flag(key) ? true : null;

    static string Bare(string host) => host is ['[', .. var address, ']'] ? address : host;
}
