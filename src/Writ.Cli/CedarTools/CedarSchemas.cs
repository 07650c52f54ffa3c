using Writ.Cedar;
using Writ.Cli.Arguments;

namespace Writ.Cli.CedarTools;

/// <summary>Schemas in either format.</summary>
static class CedarSchemas
{
    /// <summary>All files given by <c>--schema</c> as one schema; nothing when there is none.</summary>
    public static CedarSchema? Read(Typed typed)
    {
        var documents = typed.Values("--schema").Select(path => Document(CedarInput.Read(path))).ToList();
        return documents.Count == 0 ? null : CedarInput.Accepted(SchemaDocument.Resolve(documents));
    }

    public static SchemaDocument Document(CedarInput input) => CedarInput.Accepted(input.IsJson
        ? SchemaDocument.ParseJson(input.Text, input.Name)
        : SchemaDocument.ParseText(input.Text, input.Name));
}
