using System.Security.Cryptography;
using System.Text;

namespace Writ.Server.Leasing;

/// <summary>
/// What PostgreSQL keeps of a password (RFC 5802, RFC 7677, as <c>pg_authid</c> has it), made here, so that the
/// password itself never reaches the server's memory of statements nor its log.
/// </summary>
static class ScramVerifier
{
    // The server's own number. The passwords here are 256 random bits: no count of rounds makes guessing them harder.
    const int Iterations = 4_096;
    const int SaltBytes = 16;
    const int KeyBytes = 32;

    public static string Of(string password) => Of(password, RandomNumberGenerator.GetBytes(SaltBytes), Iterations);

    internal static string Of(string password, byte[] salt, int iterations)
    {
        // ASCII alone, of which SASLprep makes nothing else.
        var salted = Rfc2898DeriveBytes.Pbkdf2(
            Encoding.ASCII.GetBytes(password), salt, iterations, HashAlgorithmName.SHA256, KeyBytes);
        var stored = SHA256.HashData(HMACSHA256.HashData(salted, "Client Key"u8));
        var server = HMACSHA256.HashData(salted, "Server Key"u8);
        return $"SCRAM-SHA-256${iterations}:{Convert.ToBase64String(salt)}"
            + $"${Convert.ToBase64String(stored)}:{Convert.ToBase64String(server)}";
    }
}
