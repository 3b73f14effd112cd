// apollo-upload-client: files in the variables of a mutation.
//   TOKEN=... node upload.mjs http://127.0.0.1:8000 <channel id>
import { ApolloClient, InMemoryCache, gql } from '@apollo/client';
import UploadHttpLink from 'apollo-upload-client/UploadHttpLink.mjs';
import { channelId, headers, main, url } from './common.mjs';

const UPLOAD = gql`
  mutation Upload($input: UploadFileInput!) {
    uploadFile(input: $input) {
      id
      name
      sha256
    }
  }
`;

await main({
  async everyday() {
    const client = new ApolloClient({ link: new UploadHttpLink({ uri: url, headers }), cache: new InMemoryCache() });
    const upload = async (file) => {
      const { data } = await client.mutate({ mutation: UPLOAD, variables: { input: { channelId, file } } });
      return data.uploadFile;
    };
    const named = await upload(new File(['hola'], 'año "nuevo".txt', { type: 'text/html' }));
    const unnamed = await upload(new Blob(['blob']));
    const large = await upload(new File([new Uint8Array(10_000_001)], 'large')).catch(
      (error) => error.errors?.[0].extensions.code ?? JSON.parse(error.bodyText).errors[0].extensions.code,
    );
    return { named, unnamed, large };
  },
});
