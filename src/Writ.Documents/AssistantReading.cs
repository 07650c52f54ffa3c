using Writ.Assistants;
using Writ.Requests;

namespace Writ.Documents;

/// <summary>A workflow's <c>assistant</c>: which programs may live in a sandbox, and what they find there.</summary>
static class AssistantReading
{
    public static AssistantTerms Of(YamlFields f, FaultList faults)
    {
        var terms = new AssistantTerms(
            f.Texts("programs"), f.Texts("paths"), f.Word<AssistantHome>("home", otherwise: AssistantHome.Scratch),
            [.. f.Items("variables").Select(v => Pair(v, "a variable", "value", faults))
                .Select(p => new Variable(p.Name, p.Value))],
            [.. f.Items("secrets").Select(v => Pair(v, "a secret", "file", faults))
                .Select(p => new AssistantSecret(p.Name, p.Value))],
            f.Texts("model"), f.Number("depth", otherwise: AssistantTerms.UsualDepth),
            f.Has("homeMiB") ? f.Number("homeMiB") : null, f.Has("homeFiles") ? f.Number("homeFiles") : null);
        f.NothingElse();
        return terms;
    }

    static (string Name, string Value) Pair(YamlNode node, string kind, string value, FaultList faults)
    {
        var f = new YamlFields(node, kind, faults);
        var pair = (f.Text("name"), f.Text(value));
        f.NothingElse();
        return pair;
    }
}
