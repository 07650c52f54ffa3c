using System.Text.Json;
using Writ.Cli.Settings;

namespace Writ.Cli.Calling;

/// <summary>A login as this device keeps it. It reads and opens sessions; it never approves.</summary>
sealed record LoginFile(string Login, string Token, DateTimeOffset ExpiresAt, string Url)
{
    public static LoginFile? Read(string path)
    {
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllBytes(path), CliJson.Default.LoginFile);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (JsonException)
        {
            throw CliFaultException.Error(
                "cli.bad-login-file", $"{path} cannot be read; log in again with: writ login");
        }
    }

    public void Write(string path) =>
        PrivateFiles.Write(path, JsonSerializer.SerializeToUtf8Bytes(this, CliJson.Default.LoginFile));
}
