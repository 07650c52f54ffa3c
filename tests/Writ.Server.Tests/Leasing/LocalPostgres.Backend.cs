using Writ.Leases;
using Writ.Server.Leasing;

namespace Writ.Server.Tests.Leasing;

/// <summary>The part that looks into the daemon.</summary>
sealed partial class LocalPostgres
{
    public ICredentialBackend Backend(AdminAccount? admin = null, CredentialBackend.Postgres? profile = null) =>
        new PostgresBackend("migrate", profile ?? Profile, admin ?? Admin);

    /// <summary>The password of an issued credential, as its file has it.</summary>
    public static string PasswordOf(IssuedCredential issued) => Assert.Single(issued.Secrets);
}
