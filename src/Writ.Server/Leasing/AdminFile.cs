using System.Text.Json;
using System.Text.Json.Serialization;
using Writ.Egress;
using Writ.Server.Egress;
using Writ.Server.Storage;

namespace Writ.Server.Leasing;

/// <summary>The account with which a backend mints and revokes: what stands in a file of <c>credentials/</c>.</summary>
/// <param name="Password">Null where the backend knows the daemon by its user.</param>
/// <param name="RootCertificates">PEM file with which a server is known; the system's when null.</param>
public sealed record AdminAccount(string User, string? Password = null, string? RootCertificates = null);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow)]
[JsonSerializable(typeof(AdminAccount))]
sealed partial class AdminJson : JsonSerializerContext;

/// <summary>Reads admin accounts where they are, each time anew: changing a password takes no restart.</summary>
public sealed class AdminFiles(DataDirectory directory)
{
    const int BytesMax = 16 * 1024;

    public string Folder => directory.CredentialsPath;

    /// <exception cref="BackendFaultException">It is missing, not private, or not understood.</exception>
    public AdminAccount Read(string name)
    {
        var path = Path.Combine(Folder, name);
        var bytes = PrivateFile.Read(path, BytesMax);
        try
        {
            return JsonSerializer.Deserialize(bytes, AdminJson.Default.AdminAccount) is
            { User: { Length: > 0 } } account
                ? account
                : throw Fault($"{path} names no user");
        }
        catch (JsonException)
        {
            // What it says of the place could quote the content.
            throw Fault($"{path} is not like {{\"user\": \"...\", \"password\": \"...\"}}");
        }
    }

    /// <summary>A secret that the way out adds to requests; null where the file has none.</summary>
    public HeldCredential? Held(string name)
    {
        try
        {
            return Read(name) is var account && HeldCredential.IsSecret(account.Password)
                ? new HeldCredential(
                    name, account.Password!, Fingerprints.Of(account.Password!), account.RootCertificates)
                : null;
        }
        catch (BackendFaultException)
        {
            return null;
        }
    }

    /// <summary>By which people and the ledger know it.</summary>
    public string FingerprintOf(string name) => Held(name)?.Fingerprint ?? InterceptionRules.Missing;

    static BackendFaultException Fault(string why) => new("lease.no-admin", why + ".");
}
